/** An image as a desktop's background. */
import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas';
import type { Size } from './machine.js';

/** The image covers the screen, its middle in the middle. Rejects when it is not an image. */
export async function coverImage(image: Buffer, { width, height }: Size): Promise<Canvas> {
  const loaded = await loadImage(image);
  const scale = Math.max(width / loaded.width, height / loaded.height);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const [w, h] = [loaded.width * scale, loaded.height * scale];
  context.drawImage(loaded, (width - w) / 2, (height - h) / 2, w, h);
  return canvas;
}
