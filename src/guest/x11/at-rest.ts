/** When the screen has come to rest: a browser's page is painted before the rest of it is. */
import { createHash } from 'node:crypto';
import { sleep } from '../../lib/wait.js';
import type { Size } from '../machine.js';

export interface ScreenParts {
  framebuffer: {
    /** Of the whole screen. */
    readonly bytes: number;
    read(size: Size, into: Buffer): Promise<void>;
  };
  size(): Promise<Size>;
  signal: AbortSignal;
}

/** What moves for longer, as a film does, is not waited for. */
const DEADLINE_MS = 3000;
/** Less than a caret takes to blink. */
const REST_MS = 200;

/** Resolves when nothing has changed between two looks, or after 3 s. */
export async function untilAtRest({ framebuffer, size, signal }: ScreenParts): Promise<void> {
  const pixels = Buffer.allocUnsafeSlow(framebuffer.bytes);
  const deadline = performance.now() + DEADLINE_MS;
  let before = '';
  while (performance.now() < deadline) {
    await framebuffer.read(await size(), pixels);
    const now = createHash('sha1').update(pixels).digest('base64');
    if (now === before) return;
    before = now;
    await sleep(REST_MS, signal);
  }
}
