/** The mouse pointer, drawn into every screenshot with its tip at the pointer's position. */
import type { Point } from '../../machine.js';
import type { Ink } from './draw.js';

export type CursorShape = 'arrow' | 'text';

const ARROW = [
  [0, 0],
  [0, 17.5],
  [4.2, 13.6],
  [7, 20],
  [10, 18.7],
  [7.2, 12.4],
  [12.6, 12],
] as const;

export function drawCursor(context: Ink, { x, y }: Point, shape: CursorShape): void {
  context.save();
  context.translate(x, y);
  context.lineJoin = 'round';
  context.beginPath();
  if (shape === 'arrow') {
    for (const [dx, dy] of ARROW) context.lineTo(dx, dy);
    context.closePath();
    context.fillStyle = '#ffffff';
    context.strokeStyle = '#000000';
    context.lineWidth = 1.6;
    context.fill();
    context.stroke();
  } else {
    for (const [color, width] of [
      ['#ffffff', 4],
      ['#000000', 1.6],
    ] as const) {
      context.beginPath();
      context.moveTo(-4, -9);
      context.lineTo(4, -9);
      context.moveTo(0, -9);
      context.lineTo(0, 9);
      context.moveTo(-4, 9);
      context.lineTo(4, 9);
      context.strokeStyle = color;
      context.lineWidth = width;
      context.stroke();
    }
  }
  context.restore();
}
