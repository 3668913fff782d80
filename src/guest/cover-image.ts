/** An image as a desktop's background. */
import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas';
import { imageSize } from './image-size.js';
import { GuestError, type GuestFiles, type Size } from './machine.js';

const LARGEST_FILE_BYTES = 64 * 1024 ** 2;
/** Twice what an 8K screen has; four bytes each. */
const MOST_PIXELS = 64 * 1024 ** 2;

/** The bytes of an image file. Throws GuestError when it cannot be opened or is too large to be one. */
export async function readImageFile(files: GuestFiles, path: string): Promise<Buffer> {
  const file = await files.open(path);
  const stream = file.stream();
  if (file.size > LARGEST_FILE_BYTES) {
    stream.destroy();
    throw new GuestError(`${path} has ${file.size} bytes, too many for a picture`);
  }
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}

/** The image covers the screen, its middle in the middle. Rejects when it is not an image, or one of too many pixels. */
export async function coverImage(image: Buffer, { width, height }: Size): Promise<Canvas> {
  const claimed = imageSize(image);
  if (claimed === null) throw new GuestError('it is not a PNG, JPEG, GIF, BMP or WebP image');
  if (claimed.width * claimed.height > MOST_PIXELS)
    throw new GuestError(`it has ${claimed.width}x${claimed.height} pixels`);
  const loaded = await loadImage(image);
  const scale = Math.max(width / loaded.width, height / loaded.height);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const [w, h] = [loaded.width * scale, loaded.height * scale];
  context.drawImage(loaded, (width - w) / 2, (height - h) / 2, w, h);
  return canvas;
}
