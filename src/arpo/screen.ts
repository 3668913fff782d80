/** Where on the screen a model points: in pixels of the resized screenshot that it sees, or in thousandths of the screen. */
import { excerpt } from '../lib/scan.js';
import { parseFloatText, reprFloat, round3 } from '../python/float.js';
import { UnreadablePrediction } from './unreadable.js';

export interface Size {
  width: number;
  height: number;
}

/** Qwen2-VL cuts images into patches of 28 pixels; the bounds are those that every image part carries on the wire. */
const PATCH = 28;
const MIN_PIXELS = 3136;
const MAX_PIXELS = 2_116_800;

/** The size at which the model sees a screen: 1920×1080 as 1932×1092. */
export function modelScreen({ width, height }: Size): Size {
  const rounded = { width: nearestMultiple(width), height: nearestMultiple(height) };
  const pixels = rounded.width * rounded.height;
  if (pixels > MAX_PIXELS) return scaled(Math.floor, Math.sqrt((width * height) / MAX_PIXELS));
  if (pixels < MIN_PIXELS) return scaled(Math.ceil, Math.sqrt((width * height) / MIN_PIXELS));
  return rounded;

  function scaled(toWhole: (value: number) => number, by: number): Size {
    const multiple = (size: number) => Math.max(PATCH, toWhole(size / by / PATCH) * PATCH);
    return { width: multiple(width), height: multiple(height) };
  }
}

/** As Python's `round`, a half goes to the even neighbour. */
function nearestMultiple(size: number): number {
  const patches = size / PATCH;
  const below = Math.floor(patches);
  const half = patches - below === 0.5;
  return Math.max(PATCH, (half ? below + (below % 2) : Math.round(patches)) * PATCH);
}

/** How a model's coordinates become places on the screen. */
export interface Pointing {
  /** The desktop's, in pixels. */
  screen: Size;
  /** What the model counts to from left to right and from top to bottom. */
  grid: Size;
  /** A thousandth of the screen is wider than a pixel: there the nearest one is meant, and not a fraction of one. */
  wholePixels: boolean;
}

export type Coordinates = 'absolute' | 'relative';

/** `relative` counts in thousandths, `absolute` in pixels of what the model sees. */
export function pointing(screen: Size, coordinates: Coordinates): Pointing {
  return coordinates === 'relative'
    ? { screen, grid: { width: 1000, height: 1000 }, wholePixels: true }
    : { screen, grid: modelScreen(screen), wholePixels: false };
}

/** Coordinates as fractions of the screen, x and y alternating; a pair is doubled to a box. May hold inf and nan. */
export type Box = readonly number[];

/** Throws UnreadablePrediction for a part that Python's `float` refuses. */
export function toBox(parts: readonly string[], { grid }: Pointing): Box {
  const fractions = parts.map((part, index) => {
    const value = parseFloatText(part);
    if (value === null) throw new UnreadablePrediction(`${excerpt(part, 0)} is not a coordinate`);
    return value / (index % 2 === 0 ? grid.width : grid.height);
  });
  return fractions.length === 2 ? [...fractions, ...fractions] : fractions;
}

/** The middle of a box in pixels of the real screen, as Python source `x, y`. Nothing is clamped. */
export function middle(box: Box, { screen, wholePixels }: Pointing): { x: string; y: string } {
  const [x1, y1, x2, y2] = box;
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined || box.length !== 4) {
    throw new UnreadablePrediction(`a box of ${box.length} numbers; it takes two or four`);
  }
  const x = ((x1 + x2) / 2) * screen.width;
  const y = ((y1 + y2) / 2) * screen.height;
  if (!Number.isFinite(x) || !Number.isFinite(y))
    throw new UnreadablePrediction('a coordinate that is not finite');
  const rounded = wholePixels ? Math.round : round3;
  return { x: reprFloat(rounded(x)), y: reprFloat(rounded(y)) };
}
