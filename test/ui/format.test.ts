import { expect, test } from 'vitest';
import { formatBytes, formatDuration } from '../../src/ui/format.js';

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1000, '1.0 s'],
  [59_900, '59.9 s'],
  [185_000, '3 min 05 s'],
  [3_600_000, '1 h 00 min'],
  [7_800_000, '2 h 10 min'],
])('%d ms reads as %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [4200, '4.2 kB'],
  [560_000, '560.0 kB'],
  [1_300_000, '1.3 MB'],
  [2.5e12, '2.5 TB'],
  [9e15, '9000.0 TB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
