import { describe, expect, test } from 'vitest';
import { requestedCommand, splitWords } from '../../src/guest/command-line.js';
import { expandPath } from '../../src/guest/paths.js';
import { decodeOutput } from '../../src/guest/program-output.js';

describe('splitWords, as shlex.split', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['  a  b ', ['a', 'b']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a'b'"c"d`, ['abcd']],
    [`''`, ['']],
    [String.raw`a\ b "c\"d" "e\f" 'g\h'`, ['a b', 'c"d', 'e\\f', 'g\\h']],
    ['a\nb', ['a', 'b']],
    ['echo $HOME *', ['echo', '$HOME', '*']],
  ])('%j', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test.each([
    [`a 'b`, 'No closing quotation'],
    ['a\\', 'No escaped character'],
  ])('%j is refused', (text, message) => {
    expect(() => splitWords(text)).toThrow(message);
  });
});

test.each([
  [{ command: ['~/run', '~', 'a~/b'] }, ['/home/user/run', '~', 'a~/b']],
  [{ command: '~/run "x y"' }, ['/home/user/run', 'x y']],
  [{ command: 'echo ~/x', shell: true }, ['/bin/sh', '-c', 'echo ~/x']],
  [{ command: ['echo $0 $1', 'a', 'b'], shell: 'true' }, ['/bin/sh', '-c', 'echo $0 $1', 'a', 'b']],
  [{ command: 'x', shell: '' }, ['x']],
])('%j', (body, argv) => {
  expect(requestedCommand(body, '/home/user').argv).toEqual(argv);
});

test.each([
  ['~/a', '/home/user/a'],
  ['~', '/home/user'],
  ['~other/a', '/home/user/~other/a'],
  ['$HOME/a/$\u007bUSER}', '/home/user/a/user'],
  ['$UNKNOWN/a', '/home/user/$UNKNOWN/a'],
  ['/a/../b', '/b'],
])('path %s', (path, expanded) => {
  expect(expandPath(path, { HOME: '/home/user', USER: 'user' })).toBe(expanded);
});

describe('decodeOutput', () => {
  test('universal newlines', () => expect(decodeOutput(Buffer.from('a\r\nb\rc\n€'))).toBe('a\nb\nc\n€'));

  // CPython 3.11: bytes(…).decode()
  test.each([
    [[0xff], 'byte 0xff in position 0: invalid start byte'],
    [[0x61, 0xc3, 0x28], 'byte 0xc3 in position 1: invalid continuation byte'],
    [[0xe2, 0x82], 'bytes in position 0-1: unexpected end of data'],
    [[0x61, 0xe2, 0x82, 0x28], 'bytes in position 1-2: invalid continuation byte'],
    [[0xc3], 'byte 0xc3 in position 0: unexpected end of data'],
    [[0xed, 0xa0, 0x80], 'byte 0xed in position 0: invalid continuation byte'],
    [[0xc0, 0x80], 'byte 0xc0 in position 0: invalid start byte'],
    [[0xf4, 0x90, 0x80, 0x80], 'byte 0xf4 in position 0: invalid continuation byte'],
    [[0xc3, 0xa9, 0x80], 'byte 0x80 in position 2: invalid start byte'],
  ])('%j', (bytes, message) => {
    expect(() => decodeOutput(Buffer.from(bytes))).toThrow(`'utf-8' codec can't decode ${message}`);
  });
});
