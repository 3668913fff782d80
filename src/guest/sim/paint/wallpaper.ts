/** The desktop's background: dunes in flat colours, or the image that a person chose. */
import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas';
import type { Size } from '../../machine.js';

const SKY: readonly (readonly [at: number, red: number, green: number, blue: number])[] = [
  [0, 44, 18, 60],
  [0.45, 121, 43, 98],
  [0.7, 214, 92, 84],
  [1, 244, 158, 92],
];
/** From the back to the front: height of the crest, how far it swings, its phase and its colour. */
const DUNES = [
  { crest: 0.62, swing: 0.05, phase: 0.4, color: '#a43f68' },
  { crest: 0.7, swing: 0.06, phase: 2.1, color: '#7f2f5f' },
  { crest: 0.79, swing: 0.05, phase: 4.0, color: '#5c2352' },
  { crest: 0.88, swing: 0.06, phase: 5.2, color: '#3c1942' },
];

/** Drawn once per size: every screenshot begins with a copy of it. */
export function drawWallpaper({ width, height }: Size): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  // Rows of one colour each and no gradient: the canvas dithers gradients, which makes a PNG five times as large.
  for (let y = 0; y < height; y += 1) {
    context.fillStyle = skyColor(y / height / 0.75);
    context.fillRect(0, y, width, 1);
  }
  context.fillStyle = '#fbd9a0';
  context.beginPath();
  context.arc(width * 0.72, height * 0.5, height * 0.085, 0, 2 * Math.PI);
  context.fill();
  for (const { crest, swing, phase, color } of DUNES) {
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 8) {
      const wave =
        Math.sin((x / width) * 2 * Math.PI * 0.9 + phase) + 0.35 * Math.sin((x / width) * 9 + 2 * phase);
      context.lineTo(x, height * (crest + swing * 0.7 * wave));
    }
    context.lineTo(width, height);
    context.fill();
  }
  return canvas;
}

/** An image file that covers the screen. Rejects when it is no image. */
export async function drawWallpaperImage(image: Buffer, { width, height }: Size): Promise<Canvas> {
  const loaded = await loadImage(image);
  const scale = Math.max(width / loaded.width, height / loaded.height);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const [w, h] = [loaded.width * scale, loaded.height * scale];
  context.drawImage(loaded, (width - w) / 2, (height - h) / 2, w, h);
  return canvas;
}

function skyColor(at: number): string {
  const next = SKY.findIndex(([position]) => position >= at);
  const to = SKY[next === -1 ? SKY.length - 1 : next] ?? SKY[0];
  const from = SKY[Math.max(0, (next === -1 ? SKY.length : next) - 1)] ?? to;
  if (!from || !to) return '#000';
  const share = to[0] === from[0] ? 0 : Math.min(1, (at - from[0]) / (to[0] - from[0]));
  const channel = (index: 1 | 2 | 3) => Math.round(from[index] + (to[index] - from[index]) * share);
  return `rgb(${channel(1)}, ${channel(2)}, ${channel(3)})`;
}
