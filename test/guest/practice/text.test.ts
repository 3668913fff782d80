import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KeyStroke, modifierOf, strokeOf } from '../../../src/guest/practice/input/keystroke.js';
import { TextBuffer } from '../../../src/guest/practice/text/buffer.js';
import { editText } from '../../../src/guest/practice/text/editing.js';
import { layOutRows, rowOf } from '../../../src/guest/practice/text/rows.js';

const COLUMNS = 10;

/** `ctrl+shift+left` and so on, typed into an area of ten columns. `|` is the caret, `[` or `]` the other end. */
function edited(marked: string, ...keys: string[]): string {
  const buffer = new TextBuffer(marked.replace(/[|[\]]/g, ''));
  const anchor = marked.replace('|', '').search(/[[\]]/);
  const caret = marked.replace(/[[\]]/, '').indexOf('|');
  buffer.select(anchor === -1 ? caret : anchor, caret);
  const clipboard = { text: '<pasted>' };
  for (const key of keys) {
    editText(buffer, stroke(key), { clipboard, rows: layOutRows(buffer.text, COLUMNS), page: 2 });
  }
  const marks =
    buffer.caret === buffer.anchor
      ? []
      : [[buffer.anchor, buffer.anchor < buffer.caret ? '[' : ']'] as const];
  const all = [...marks, [buffer.caret, '|'] as const].sort(([a], [b]) => b - a);
  return all.reduce((text, [at, mark]) => text.slice(0, at) + mark + text.slice(at), buffer.text);
}

function stroke(keys: string): KeyStroke {
  const names = keys === '+' ? ['+'] : keys.split('+');
  const held = new Set(names.slice(0, -1).map((name) => modifierOf(name) ?? 'super'));
  return strokeOf(names.at(-1) ?? '', held);
}

describe('keys in a text', () => {
  test.each([
    ['ab|c', ['x'], 'abx|c'],
    ['ab|c', ['X'], 'abX|c'],
    ['ab|c', ['shift+x'], 'abX|c'],
    ['ab|c', ['shift+1'], 'ab!|c'],
    ['ab|c', ['enter'], 'ab\n|c'],
    ['ab|c', ['\n'], 'ab\n|c'],
    ['ab|c', ['tab'], 'ab\t|c'],
    ['ab|c', ['space', 'num7'], 'ab 7|c'],
    ['ab|c', ['backspace'], 'a|c'],
    ['ab|c', ['delete'], 'ab|'],
    ['|abc', ['backspace'], '|abc'],
    ['abc|', ['del'], 'abc|'],
    ['a[b|c', ['x'], 'ax|c'],
    ['a|b]c', ['backspace'], 'a|c'],
    ['\u{1f600}|', ['backspace'], '|'],
    ['|\u{1f600}x', ['right'], '\u{1f600}|x'],
    ['one two|', ['ctrl+backspace'], 'one |'],
    ['|one two', ['ctrl+delete'], '| two'],
    ['one two|', ['ctrl+left', 'ctrl+left'], '|one two'],
    ['one| two', ['ctrl+shift+right'], 'one[ two|'],
    ['ab|c', ['left', 'left', 'left'], '|abc'],
    ['ab|c', ['shift+left'], 'a|b]c'],
    ['a[bc|d', ['left'], 'a|bcd'],
    ['a|bc]d', ['right'], 'abc|d'],
    ['ab\ncd|e', ['home'], 'ab\n|cde'],
    ['ab\n|cde', ['end'], 'ab\ncde|'],
    ['ab\ncd|e', ['ctrl+home'], '|ab\ncde'],
    ['a|b\ncde', ['ctrl+shift+end'], 'a[b\ncde|'],
    ['abc\nd\nefg|', ['up'], 'abc\nd|\nefg'],
    ['abc\nd|', ['up', 'up'], '|abc\nd'],
    ['a|bc\nd', ['down', 'down'], 'abc\nd|'],
    ['0123456789ab|', ['up'], '01|23456789ab'],
    ['a|\nb\nc\nd', ['pagedown'], 'a\nb\nc|\nd'],
    ['a\nb\nc\nd|', ['pgup'], 'a\nb|\nc\nd'],
    ['a|bc', ['ctrl+a'], '[abc|'],
    ['a|bc', ['ctrl+a', 'ctrl+c', 'right', 'ctrl+v'], 'abcabc|'],
    ['a[b|c', ['ctrl+x', 'end', 'ctrl+v'], 'acb|'],
    ['a|', ['ctrl+v'], 'a<pasted>|'],
    ['a|', ['ctrl+c', 'ctrl+v'], 'a<pasted>|'],
    ['a|', ['b', 'c', 'ctrl+z'], 'ab|'],
    ['a|', ['b', 'c', 'ctrl+z', 'ctrl+z', 'ctrl+z', 'ctrl+y'], 'ab|'],
    ['a|', ['b', 'ctrl+z', 'ctrl+shift+z'], 'ab|'],
    ['a|', ['alt+b', 'win+b', 'ctrl+b', 'f5', 'capslock'], 'a|'],
  ])('%j %j', (before, keys, after) => {
    expect(edited(before, ...keys)).toBe(after);
  });
});

test('any keys leave a text whose caret is in it, and undo takes all of it back', () => {
  const keys = fc.constantFrom(
    'a',
    'Z',
    'enter',
    'backspace',
    'delete',
    'ctrl+backspace',
    'ctrl+x',
    'ctrl+v',
    'ctrl+a',
    'left',
    'shift+right',
    'up',
    'shift+down',
    'home',
    'end',
    'pageup',
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.array(keys, { maxLength: 40 }), (text, strokes) => {
      const buffer = new TextBuffer(text);
      for (const key of strokes) {
        editText(buffer, stroke(key), {
          clipboard: { text: 'p\nq' },
          rows: layOutRows(buffer.text, COLUMNS),
          page: 3,
        });
        expect(buffer.caret).toBeGreaterThanOrEqual(0);
        expect(buffer.caret).toBeLessThanOrEqual(buffer.text.length);
      }
      for (let count = 0; count <= strokes.length; count += 1) buffer.undo();
      expect(buffer.text).toBe(text);
    }),
  );
});

describe('rows', () => {
  test.each<[string, string[]]>([
    ['', ['']],
    ['a\n\nb', ['a', '', 'b']],
    ['one two three four', ['one two ', 'three four']],
    ['0123456789abc', ['0123456789', 'abc']],
    ['a\n', ['a', '']],
  ])('%j', (text, rows) => {
    expect(layOutRows(text, COLUMNS).map(({ start, end }) => text.slice(start, end))).toEqual(rows);
  });

  test('hold every character once, within the width, and the caret is in its row', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n'), maxLength: 80 }), (text) => {
        const rows = layOutRows(text, COLUMNS);
        expect(rows.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text.replaceAll('\n', ''));
        for (const { start, end } of rows) expect(end - start).toBeLessThanOrEqual(COLUMNS);
        for (let offset = 0; offset <= text.length; offset += 1) {
          const row = rows[rowOf(rows, offset)];
          expect(row && row.start <= offset && offset <= row.end).toBe(true);
        }
      }),
    );
  });
});
