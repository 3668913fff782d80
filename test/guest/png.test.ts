import { createCanvas, loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Size } from '../../src/guest/machine.js';
import { PngEncoder } from '../../src/guest/png.js';

/** Opaque RGBA from a seed. */
function picture({ width, height }: Size, seed: number): Buffer {
  const pixels = Buffer.alloc(width * height * 4);
  let state = seed;
  for (let index = 0; index < pixels.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[index] = index % 4 === 3 ? 255 : state >>> 24;
  }
  return pixels;
}

/** Decoded by another implementation, which checks the checksums. */
async function decode(png: Buffer): Promise<{ size: Size; pixels: Buffer }> {
  const image = await loadImage(png);
  const size = { width: image.width, height: image.height };
  const context = createCanvas(size.width, size.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return { size, pixels: Buffer.from(context.getImageData(0, 0, size.width, size.height).data) };
}

test('any picture comes out as it went in, after any other', async () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 130 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(sizes, fc.nat()), { minLength: 1, maxLength: 3 }),
      async (pictures) => {
        const encoder = new PngEncoder('rgba');
        for (const [size, seed] of pictures) {
          const pixels = picture(size, seed);
          const decoded = await decode(await encoder.encode(pixels, size));
          expect(decoded.size).toEqual(size);
          expect(decoded.pixels.equals(pixels)).toBe(true);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a picture of which one pixel has changed', async () => {
  const size = { width: 64, height: 200 };
  const encoder = new PngEncoder('rgba');
  const first = picture(size, 1);
  await encoder.encode(first, size);
  for (const row of [0, 39, 40, 120, 199]) {
    const changed = Buffer.from(first);
    changed[(row * size.width + 63) * 4] = (first[(row * size.width + 63) * 4] ?? 0) ^ 0xff;
    expect((await decode(await encoder.encode(changed, size))).pixels.equals(changed)).toBe(true);
  }
});

test('the same picture is the same buffer: nothing is encoded', async () => {
  const size = { width: 40, height: 50 };
  const encoder = new PngEncoder('rgba');
  const png = await encoder.encode(picture(size, 7), size);
  expect(await encoder.encode(picture(size, 7), size)).toBe(png);
});

test('pictures that are asked for at the same time do not mix', async () => {
  const size = { width: 50, height: 90 };
  const encoder = new PngEncoder('rgba');
  const pictures = [1, 2, 3, 4].map((seed) => picture(size, seed));
  const pngs = await Promise.all(pictures.map((pixels) => encoder.encode(pixels, size)));
  for (const [index, png] of pngs.entries()) {
    expect((await decode(png)).pixels.equals(pictures[index] ?? Buffer.alloc(0))).toBe(true);
  }
});
