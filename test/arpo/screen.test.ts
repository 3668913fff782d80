import { expect, test } from 'vitest';
import { modelScreen } from '../../src/arpo/screen.js';

test.each([
  [1920, 1080, 1932, 1092],
  [1280, 720, 1288, 728],
  [1366, 768, 1372, 756],
  [2560, 1440, 1932, 1064],
  [1918, 1078, 1904, 1064],
  [20, 20, 56, 56],
])('a screen of %d×%d is seen as %d×%d', (width, height, seenWidth, seenHeight) => {
  expect(modelScreen({ width, height })).toEqual({ width: seenWidth, height: seenHeight });
});
