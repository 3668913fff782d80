/** The practice desktop's background. */
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import { dunes, type Rgb, SUN, skyColor } from '../../default-wallpaper.js';
import type { Size } from '../../machine.js';

/** Drawn once per size: every screenshot begins with a copy of it. */
export function drawWallpaper({ width, height }: Size): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  // Rows of one colour each and no gradient: the canvas dithers gradients, which makes a PNG five times as large.
  for (let y = 0; y < height; y += 1) {
    context.fillStyle = rgb(skyColor(y, { width, height }));
    context.fillRect(0, y, width, 1);
  }
  context.fillStyle = rgb(SUN.color);
  context.beginPath();
  context.arc(width * SUN.x, height * SUN.y, height * SUN.radius, 0, 2 * Math.PI);
  context.fill();
  for (const { color, crestAt } of dunes({ width, height })) {
    context.fillStyle = rgb(color);
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 8) context.lineTo(x, crestAt(x));
    context.lineTo(width, height);
    context.fill();
  }
  return canvas;
}

function rgb([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
