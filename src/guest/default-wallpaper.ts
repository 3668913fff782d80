/** The desktops' background: dunes in flat colours under an evening sky, as mathematics; two screens paint it. */
import type { Size } from './machine.js';

export type Rgb = readonly [red: number, green: number, blue: number];

const SKY: readonly (readonly [at: number, ...Rgb])[] = [
  [0, 44, 18, 60],
  [0.45, 121, 43, 98],
  [0.7, 214, 92, 84],
  [1, 244, 158, 92],
];
/** From the back to the front: height of the crest, how far it swings, its phase and its colour. */
const DUNES: readonly { crest: number; swing: number; phase: number; color: Rgb }[] = [
  { crest: 0.62, swing: 0.05, phase: 0.4, color: [164, 63, 104] },
  { crest: 0.7, swing: 0.06, phase: 2.1, color: [127, 47, 95] },
  { crest: 0.79, swing: 0.05, phase: 4.0, color: [92, 35, 82] },
  { crest: 0.88, swing: 0.06, phase: 5.2, color: [60, 25, 66] },
];

export const SUN: { x: number; y: number; radius: number; color: Rgb } = {
  x: 0.72,
  y: 0.5,
  radius: 0.085,
  color: [251, 217, 160],
};

/** Colour of the sky in row `y` of a screen. */
export function skyColor(y: number, { height }: Size): Rgb {
  const at = y / height / 0.75;
  const next = SKY.findIndex(([position]) => position >= at);
  const to = SKY[next === -1 ? SKY.length - 1 : next] ?? SKY[0];
  const from = SKY[Math.max(0, (next === -1 ? SKY.length : next) - 1)] ?? to;
  if (!from || !to) return [0, 0, 0];
  const share = to[0] === from[0] ? 0 : Math.min(1, (at - from[0]) / (to[0] - from[0]));
  const channel = (index: 1 | 2 | 3) => Math.round(from[index] + (to[index] - from[index]) * share);
  return [channel(1), channel(2), channel(3)];
}

/** From the back to the front: the colour of each dune and the row of its crest in column `x`. */
export function dunes({ width, height }: Size): { color: Rgb; crestAt(x: number): number }[] {
  return DUNES.map(({ crest, swing, phase, color }) => ({
    color,
    crestAt(x) {
      const wave =
        Math.sin((x / width) * 2 * Math.PI * 0.9 + phase) + 0.35 * Math.sin((x / width) * 9 + 2 * phase);
      return height * (crest + swing * 0.7 * wave);
    },
  }));
}

/** The picture as pixels: BGRX, rows from the top. */
export function paintDunes(size: Size): Buffer {
  const { width, height } = size;
  const pixels = Buffer.alloc(width * height * 4);
  const set = (x: number, y: number, [red, green, blue]: Rgb) => {
    const at = (y * width + x) * 4;
    pixels[at] = blue;
    pixels[at + 1] = green;
    pixels[at + 2] = red;
  };
  const sun = { x: SUN.x * width, y: SUN.y * height, radius: SUN.radius * height };
  for (let y = 0; y < height; y += 1) {
    const sky = skyColor(y, size);
    for (let x = 0; x < width; x += 1) {
      const inSun = (x - sun.x) ** 2 + (y - sun.y) ** 2 <= sun.radius ** 2;
      set(x, y, inSun ? SUN.color : sky);
    }
  }
  for (const { color, crestAt } of dunes(size)) {
    for (let x = 0; x < width; x += 1) {
      for (let y = Math.max(0, Math.round(crestAt(x))); y < height; y += 1) set(x, y, color);
    }
  }
  return pixels;
}
