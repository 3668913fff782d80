import { createCanvas } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { coverImage } from '../../src/guest/cover-image.js';
import { imageSize } from '../../src/guest/image-size.js';

const canvas = createCanvas(300, 7);
canvas.getContext('2d').fillRect(0, 0, 300, 7);
const IMAGES = {
  png: canvas.toBuffer('image/png'),
  jpeg: canvas.toBuffer('image/jpeg'),
  webp: canvas.toBuffer('image/webp'),
  gif: Buffer.from('474946383961 2c01 0700 00 00 00'.replaceAll(' ', ''), 'hex'),
  // Rows from the top: a negative height.
  bmp: Buffer.from(`424d${'00'.repeat(16)}2c010000f9ffffff`, 'hex'),
  'lossless webp': Buffer.from(`5249464600000000574542505650384c000000002f2b810100`, 'hex'),
  'extended webp': Buffer.from(`524946460000000057454250565038580a000000000000002b0100060000`, 'hex'),
};

describe('the size that an image claims', () => {
  test.each(Object.entries(IMAGES))('%s', (_name, file) => {
    expect(imageSize(file)).toEqual({ width: 300, height: 7 });
  });

  test.each(Object.entries(IMAGES))('%s, cut anywhere in its head', (_name, file) => {
    for (let end = 0; end < Math.min(file.length, 18); end += 1) imageSize(file.subarray(0, end));
  });

  test('nothing else is an image', () => {
    expect(imageSize(Buffer.from('<svg width="10" height="10"/>'))).toBeNull();
    expect(imageSize(Buffer.alloc(0))).toBeNull();
    expect(imageSize(Buffer.from([0xff, 0xd8, 0xff, 0xff, 0xff, 0xff]))).toBeNull();
  });
});

test('an image of too many pixels is not decoded', async () => {
  const bomb = Buffer.from(IMAGES.png);
  bomb.writeUInt32BE(60_000, 16);
  bomb.writeUInt32BE(60_000, 20);
  await expect(coverImage(bomb, { width: 64, height: 48 })).rejects.toThrow('60000x60000 pixels');
});
