import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationText, parseDuration, parseSize, sizeText } from '../../src/config/units.js';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['1.5m', 90_000],
  ['1 h', 3_600_000],
  ['24d', 2_073_600_000],
  ['3600', 3_600_000],
  [90, 90_000],
])('%j is a duration of %d ms; a plain number is seconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '5x', '-5s', '0', '0s', '1h30m', 'soon', '1e3', '0.1ms', 'Infinity', Number.NaN])(
  '%j is not a duration',
  (text) => expect(parseDuration(text)).toBeUndefined(),
);

test('a duration that Node would turn into a timer of 1 ms is refused', () => {
  expect(parseDuration('25d')).toBeUndefined();
});

test.each([
  ['512M', 2 ** 29],
  ['4G', 2 ** 32],
  ['4GiB', 2 ** 32],
  ['4gb', 2 ** 32],
  ['0.5K', 512],
  ['1000', 1000],
  [7, 7],
])('%j is a size of %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '4X', '-4G', '0', 'big', '4 G i', '99999T'])('%j is not a size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test('what is written is read back as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_073_600_000 }), (milliseconds) => {
      expect(parseDuration(durationText(milliseconds))).toBe(milliseconds);
      expect(parseSize(sizeText(milliseconds))).toBe(milliseconds);
    }),
  );
  expect([durationText(3_600_000), durationText(90_000), durationText(1500)]).toEqual([
    '1h',
    '90s',
    '1500ms',
  ]);
  expect([sizeText(2 ** 32), sizeText(1536), sizeText(1000)]).toEqual(['4G', '1536', '1000']);
});
