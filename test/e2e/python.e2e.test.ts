/** CPython as the judge of our reading of Python. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PythonError } from '../../src/evaluators/python/errors.js';
import { parseStringList } from '../../src/evaluators/python/literal.js';
import { readCall } from '../../src/python/call.js';
import { parseFloatText, parseIntText, reprFloat, round3 } from '../../src/python/float.js';
import { readNumber } from '../../src/python/number-literal.js';
import { SourceError } from '../../src/python/source-error.js';
import { reprText, splitBlanks, splitLines, strip } from '../../src/python/text.js';
import { ask, sample } from '../python/oracle.js';
import { describeWith } from '../support/components.js';

type CallAnswer = { name: string | null; strings: Record<string, string | null> } | null;

describeWith('python3', 'our reading of Python, judged by CPython', () => {
  it('reads every call that Python reads, as Python does', async () => {
    const { subjects, seed } = sample(callSource);
    const answers = await ask<CallAnswer>('call', subjects);
    const calls = subjects.flatMap((source, index) =>
      answers[index] ? [{ source, python: answers[index] }] : [],
    );
    for (const { source, python } of calls)
      expect(readWhole(source), `${source}, seed ${seed}`).toEqual(python);
    expect(calls.length).toBeGreaterThan(100);
  });

  it('refuses strings that Python refuses', async () => {
    const { subjects, seed } = sample(
      fc
        .array(fc.constantFrom(...STRINGS), { minLength: 1, maxLength: 4 })
        .map((parts) => `f(x=${parts.join('')})`),
    );
    const answers = await ask<CallAnswer>('call', subjects);
    for (const [index, source] of subjects.entries()) {
      const text = readWhole(source)?.strings.x ?? null;
      expect(text, `${source}, seed ${seed}`).toBe(answers[index]?.strings.x ?? null);
    }
  });

  it('reads, writes and rounds numbers as Python does', async () => {
    const digits = fc.constantFrom(...'0123456789_._eE+-.', '١', '９', 'inf', 'nan', ' ');
    const { subjects, seed } = sample(
      fc.array(digits, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('').trim()),
    );
    const floats = subjects.map(parseFloatText);
    const ours = floats.map((value) => (value === null ? null : reprFloat(value).replace('-nan', 'nan')));
    expect(ours, `seed ${seed}`).toEqual(await ask('float', subjects));

    const ints = subjects.map(parseIntText).map((value) => (value === null ? null : reprFloat(value + 0)));
    expect(ints, `seed ${seed}`).toEqual(await ask('int', subjects));

    const ties = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 16);
    const { subjects: values } = sample(fc.oneof(ties, fc.double({ noNaN: true, noDefaultInfinity: true })));
    expect(
      values.map((value) => reprFloat(round3(value))),
      `seed ${seed}`,
    ).toEqual(await ask('round', values.map(reprFloat)));
  });

  it('reads the numbers of source as Python does', async () => {
    const parts = fc.constantFrom(...'0011_..xXoObBeEjJ289af+-', '0x', '0b1', '0o7', '１');
    const { subjects, seed } = sample(
      fc.array(parts, { minLength: 1, maxLength: 7 }).map((chosen) => chosen.join('')),
    );
    const answers = await ask<string | null>('number', subjects);
    for (const [index, source] of subjects.entries()) {
      expect(wholeNumber(source), `${source}, seed ${seed}`).toBe(answers[index]);
    }
    expect(answers.filter((answer) => answer !== null).length).toBeGreaterThan(100);
  });

  it('reads lists of strings as Python does, for the evaluators too', async () => {
    const between = [', ', ', ', ',', '\n', '\r', ' # c\n', '\\\n', '\\\r\n', '1', ']', '['];
    const more = ["'''a\rb\r\nc'''", "r'''\r'''", "'a\\\r\nb'", "'a\nb'", "'\\N{}'", "'\\U00110000'"];
    const { subjects, seed } = sample(
      fc
        .array(fc.constantFrom(...STRINGS, ...more, ...between, ...between), { maxLength: 6 })
        .map((parts) => `[${parts.join('')}]`),
    );
    const answers = await ask<string[] | null>('strings', subjects);
    for (const [index, source] of subjects.entries()) {
      expect(stringList(source), `${JSON.stringify(source)}, seed ${seed}`).toEqual(answers[index]);
    }
    expect(answers.filter((answer) => answer !== null).length).toBeGreaterThan(100);
  });

  it('knows white space and line ends as Python does', async () => {
    const unit = fc.constantFrom(
      ...PRINTABLE,
      ...ESCAPED,
      '\v',
      '\f',
      '\x1d',
      '\x1f',
      '\u2029',
      '\u1680',
      '\u180e',
    );
    const { subjects, seed } = sample(fc.string({ unit }));
    expect(subjects.map(strip), `seed ${seed}`).toEqual(await ask('strip', subjects));
    expect(subjects.map(splitBlanks), `seed ${seed}`).toEqual(await ask('split', subjects));
    expect(subjects.map(splitLines), `seed ${seed}`).toEqual(await ask('splitlines', subjects));
  });

  it('writes text as Python does', async () => {
    const { subjects, seed } = sample(fc.string({ unit: fc.constantFrom(...PRINTABLE, ...ESCAPED) }));
    expect(subjects.map(reprText), `seed ${seed}`).toEqual(await ask('repr', subjects));
  });
});

/** Characters of every kind that repr tells apart, all of them older than any Python or Node. */
const PRINTABLE = ["'", '"', ' ', 'a', '~', 'é', 'ß', '中', '🙂', '́', '€'];
const ESCAPED = [
  ...[
    '\\',
    '\n',
    '\r',
    '\t',
    '\0',
    '\x1c',
    '\x7f',
    '\x85',
    '\xa0',
    '\xad',
    '\u200b',
    '\u2028',
    '\u3000',
    '\ufeff',
  ],
  ...['\ud800', '\ue000', '\u{e0001}', '\u{10ffff}'],
];

const STRINGS = [
  ...["'a'", '"b"', "r'\\d'", "u'x'", "b'x'", "f'{x}'", "'\\x41'", "'\\u4f60'", "'\\xZ'", "'\\N{BULLET}'"],
  ...["'''it's'''", "'it's'", "'\\\\'", "'\\'", "b'\\u12'", "rb'\\x'", "'\\777'", ' ', "''", "'"],
];
const OTHERS = [
  'x=',
  'y=',
  'None=',
  ', ',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{}',
  '*',
  '**',
  '\t',
  '# c',
  '.',
  '5',
  'None',
  'ｙ=',
  '=',
];

const callSource = fc
  .array(fc.constantFrom(...STRINGS, ...OTHERS), { maxLength: 8 })
  .chain((parts) =>
    fc.constantFrom('f', 'a.b', 'a[0]', '(f)', 'f()', 'ｆ', 'if').map((name) => `${name}(${parts.join('')})`),
  );

/** What we read, if it is all of the source. */
function readWhole(source: string): CallAnswer {
  const read = readOrNull(() => readCall(source, 0, false));
  if (read === null || !/^[ \t]*(?:#.*)?$/.test(source.slice(read.end))) return null;
  const { name, args } = read.call;
  const strings = [...args].map(([key, value]) => [key, value.kind === 'text' ? value.text : null] as const);
  return { name, strings: Object.fromEntries(strings) };
}

function wholeNumber(source: string): string | null {
  const number = readOrNull(() => readNumber(source, 0));
  return number?.end === source.length ? reprFloat(number.value) : null;
}

function stringList(source: string): string[] | null {
  return readOrNull(() => parseStringList(source));
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SourceError || error instanceof PythonError) return null;
    throw error;
  }
}
