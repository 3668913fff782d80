/** The screen is a stack of layers: the desktop's icons, windows, the panel, a notice. */
import type { Point } from '../../machine.js';
import type { Control } from '../control.js';
import { contains, type Rect } from '../geometry.js';
import type { Ink } from '../paint/draw.js';

export interface Layer {
  /** Name of the application in the accessibility tree. */
  application: string;
  /** For windows: what the accessibility tree says of the frame. */
  frame?: { title: string; active: boolean };
  bounds: Rect;
  /** Radius of its corners, where what its controls draw is cut off. Default 0. */
  corners?: number;
  /** From the back to the front. */
  controls: Control[];
  /** What is behind its controls. */
  draw?(ink: Ink): void;
  /** A mouse button went down in it. */
  focus?(): void;
}

/** The topmost layer at a point and its topmost control there. */
export function hit(
  layers: readonly Layer[],
  point: Point,
): { layer: Layer; control: Control | null } | null {
  const layer = layers.findLast(({ bounds }) => contains(bounds, point));
  if (!layer) return null;
  return { layer, control: layer.controls.findLast(({ bounds }) => contains(bounds, point)) ?? null };
}
