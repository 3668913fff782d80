/** Screenshots of two desktops on which the same was done. */
import { createCanvas, loadImage } from '@napi-rs/canvas';

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The panel's clock, at its right end: what it shows goes by the time of day. */
const CLOCK = { width: 160, height: 33 };
/** Of a colour's 255: an edge that Chrome blends comes out a little differently each time it is painted over. */
const BLENDED = 24;
/** Pixels at such edges that may differ by more; one letter that differs has more of them. */
const EDGE_PIXELS = 8;

/** The smallest area in which they differ, but for the clock; null where they show the same. */
export async function difference(one: Buffer, other: Buffer): Promise<Area | null> {
  const [a, b] = [await pixels(one), await pixels(other)];
  if (a.width !== b.width || a.height !== b.height) return { x: 0, y: 0, ...a };
  let [left, top, right, bottom] = [a.width, a.height, -1, -1];
  let count = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    if (isAlike(a.data, b.data, at)) continue;
    const [x, y] = [(at / 4) % a.width, Math.floor(at / 4 / a.width)];
    if (x >= a.width - CLOCK.width && y < CLOCK.height) continue;
    count += 1;
    [left, top, right, bottom] = [
      Math.min(left, x),
      Math.min(top, y),
      Math.max(right, x),
      Math.max(bottom, y),
    ];
  }
  return count <= EDGE_PIXELS ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function isAlike(one: Buffer, other: Buffer, at: number): boolean {
  if (one.readUInt32LE(at) === other.readUInt32LE(at)) return true;
  return [0, 1, 2].every(
    (channel) => Math.abs((one[at + channel] ?? 0) - (other[at + channel] ?? 0)) <= BLENDED,
  );
}

async function pixels(png: Buffer): Promise<{ width: number; height: number; data: Buffer }> {
  const image = await loadImage(png);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  return { width, height, data: Buffer.from(context.getImageData(0, 0, width, height).data.buffer) };
}
