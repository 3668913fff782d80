import { Chalk } from 'chalk';
import { expect, it } from 'vitest';
import { harmless, harmlessJson, oneLine, setIn } from '../../src/ui/harmless.js';

it.each([
  ['moves the cursor', 'a\x1b[2Jb', 'a[2Jb'],
  ['sets the title', 'a\x1b]0;owned\x07b', 'a]0;ownedb'],
  ['goes back over what was written', 'secret\rpublic\bX', 'secretpublicX'],
  ['hides what follows', '\x1b[8mhidden', '[8mhidden'],
  ['an 8-bit sequence', '\x9b2Ja', '2Ja'],
  ['turns the direction around', 'a\u202egpj.exe', 'agpj.exe'],
])('takes away what %s', (_what, text, shown) => {
  expect(harmless(text)).toBe(shown);
});

it('keeps lines, tabs, colours and every script', () => {
  const { red, bold, dim, cyan } = new Chalk({ level: 1 });
  const text = `${red('✗')} ${bold('a')}\n\t${dim(cyan('你好 👩‍💻 שלום'))}`;
  expect(harmless(text)).toBe(text);
});

it('a name stays on its line, and no line of a text passes for one of ours', () => {
  expect(oneLine('task\n✗ all is lost\n\n→ run this')).toBe('task ✗ all is lost → run this');
  expect(setIn('it said\n→ run this')).toBe('it said\n  → run this');
});

it('JSON says the same, in characters that no terminal obeys', () => {
  const value = { text: '\x1b]0;a\x07 \x9b2J \x7f \u202e \u2066 é 你' };
  const json = harmlessJson(JSON.stringify(value));
  expect(JSON.parse(json)).toEqual(value);
  expect(json).toBe('{"text":"\\u001b]0;a\\u0007 \\u009b2J \\u007f \\u202e \\u2066 é 你"}');
});
