import { expect, test } from 'vitest';
import { keysymOf } from '../../../src/guest/x11/input/keysyms.js';

test.each([
  ['a', 0x61],
  ['A', 0x41],
  ['~', 0x7e],
  ['é', 0xe9],
  ['你', 0x0100_4f60],
  ['🙂', 0x0101_f642],
  ['\n', 0xff0d],
  ['\t', 0xff09],
  ['enter', 0xff0d],
  ['f1', 0xffbe],
  ['f24', 0xffd5],
  ['num7', 0xffb7],
  ['win', 0xffeb],
  ['\\e', 0xff1b],
])('%j is keysym %i', (key, keysym) => {
  expect(keysymOf(key)).toBe(keysym);
});

test.each(['fn', 'accept', 'volumeup', 'command', '\u0001', '\x1b', '\ud800', 'constructor'])(
  '%j is on no X keyboard',
  (key) => {
    expect(keysymOf(key)).toBeNull();
  },
);
