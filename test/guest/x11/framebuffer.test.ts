import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { drawCursor } from '../../../src/guest/x11/display/cursor.js';
import { Framebuffer } from '../../../src/guest/x11/display/framebuffer.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

/** An X window dump with pixels that count up, and two colours. */
function dump({ width, height, bits = 32 }: { width: number; height: number; bits?: number }): Buffer {
  const header = Buffer.alloc(160);
  header.writeUInt32BE(160, 0);
  header.writeUInt32BE(height, 20);
  header.writeUInt32BE(bits, 44);
  header.writeUInt32BE(width * 4, 48);
  header.writeUInt32BE(2, 76);
  const pixels = Buffer.from(Uint8Array.from({ length: width * height * 4 }, (_unused, index) => index));
  return Buffer.concat([header, Buffer.alloc(24), pixels]);
}

async function framebuffer(folder: TemporaryFolder, data: Buffer): Promise<Framebuffer> {
  const file = join(folder.path, 'screen');
  writeFileSync(file, data);
  return Framebuffer.open(file);
}

test('the pixels come after header and colours', async () => {
  using folder = new TemporaryFolder();
  await using screen = await framebuffer(folder, dump({ width: 4, height: 2 }));
  const into = Buffer.alloc(screen.bytes);
  await screen.read({ width: 4, height: 2 }, into);
  expect(into).toEqual(Buffer.from(Uint8Array.from({ length: 32 }, (_unused, index) => index)));
});

test('a smaller screen is the upper left part', async () => {
  using folder = new TemporaryFolder();
  await using screen = await framebuffer(folder, dump({ width: 4, height: 2 }));
  const into = Buffer.alloc(screen.bytes);
  await screen.read({ width: 2, height: 2 }, into);
  expect([...into.subarray(0, 16)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
});

test('a file of another depth, or one that ends early, is an error', async () => {
  using folder = new TemporaryFolder();
  await expect(framebuffer(folder, dump({ width: 4, height: 2, bits: 8 }))).rejects.toThrow(
    '32 bits per pixel',
  );
  await using short = await framebuffer(folder, dump({ width: 4, height: 2 }).subarray(0, 190));
  await expect(short.read({ width: 4, height: 2 }, Buffer.alloc(32))).rejects.toThrow('ends after 6 bytes');
});

test('a cursor is drawn over the pixels, and cut off at the edges', () => {
  const screen = Buffer.alloc(2 * 2 * 4, 100);
  const opaque = [1, 2, 3, 255];
  const half = [50, 50, 50, 128];
  const none = [0, 0, 0, 0];
  const cursorImage = Buffer.from([...none, ...none, ...none, ...opaque]);
  drawCursor(
    screen,
    { width: 2, height: 2 },
    { x: 0, y: 0, xhot: 1, yhot: 1, width: 2, height: 2, cursorImage },
  );
  expect([...screen.subarray(0, 8)]).toEqual([1, 2, 3, 100, 100, 100, 100, 100]);
  drawCursor(
    screen,
    { width: 2, height: 2 },
    { x: 1, y: 1, xhot: 0, yhot: 0, width: 1, height: 1, cursorImage: Buffer.from(half) },
  );
  expect([...screen.subarray(12, 15)]).toEqual([100, 100, 100]);
});
