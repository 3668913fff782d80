/** Drawing primitives of the practice desktop. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rect } from '../geometry.js';

/** What a control is drawn with. */
export type Ink = SKRSContext2D;

export type Corners = number | [topLeft: number, topRight: number, bottomRight: number, bottomLeft: number];

const SHADOW_RINGS = 10;
const SHADOW_DROP = 4;

interface TextStyle {
  font: string;
  color: string;
  align?: 'left' | 'center' | 'right';
  /** Pixels; longer text ends in `…`. */
  maxWidth?: number;
}

export function fillRect(context: Ink, rect: Rect, color: string, corners: Corners = 0): void {
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(rect.x, rect.y, rect.width, rect.height, corners);
  context.fill();
}

/** The line runs inside the rectangle. */
export function strokeRect(
  context: Ink,
  rect: Rect,
  color: string,
  corners: Corners = 0,
  lineWidth = 1,
): void {
  context.strokeStyle = color;
  context.lineWidth = lineWidth;
  const half = lineWidth / 2;
  context.beginPath();
  context.roundRect(rect.x + half, rect.y + half, rect.width - lineWidth, rect.height - lineWidth, corners);
  context.stroke();
}

export function line(
  context: Ink,
  points: readonly (readonly [number, number])[],
  color: string,
  lineWidth = 2,
): void {
  context.strokeStyle = color;
  context.lineWidth = lineWidth;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

/** `y` is the vertical middle of the text. */
export function drawText(context: Ink, text: string, x: number, y: number, style: TextStyle): void {
  context.font = style.font;
  context.fillStyle = style.color;
  context.textAlign = style.align ?? 'left';
  context.textBaseline = 'middle';
  context.fillText(style.maxWidth === undefined ? text : ellipsize(context, text, style.maxWidth), x, y);
}

/** Draws with everything outside the rectangle cut off. */
export function clipped(context: Ink, rect: Rect, corners: Corners, draw: () => void): void {
  context.save();
  context.beginPath();
  context.roundRect(rect.x, rect.y, rect.width, rect.height, corners);
  context.clip();
  draw();
  context.restore();
}

/** Rings that fade out: a blurred shadow would take longer than all the rest of a window. */
export function shadow(context: Ink, rect: Rect, radius: number, strength: number): void {
  context.lineWidth = 2;
  for (let ring = 0; ring < SHADOW_RINGS; ring += 1) {
    const grown = ring * 2 - 2;
    context.strokeStyle = `rgba(0, 0, 0, ${strength * (1 - ring / SHADOW_RINGS) ** 2})`;
    context.beginPath();
    context.roundRect(
      rect.x - grown,
      rect.y - grown + SHADOW_DROP,
      rect.width + 2 * grown,
      rect.height + 2 * grown,
      radius + grown + 2,
    );
    context.stroke();
  }
}

function ellipsize(context: Ink, text: string, maxWidth: number): string {
  if (context.measureText(text).width <= maxWidth) return text;
  const characters = [...text];
  while (characters.length > 0 && context.measureText(`${characters.join('')}…`).width > maxWidth)
    characters.pop();
  return `${characters.join('')}…`;
}
