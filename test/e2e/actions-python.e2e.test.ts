/** CPython as the judge: of what the generated code is, and of our reading of Python. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';
import { orNull } from '../../src/arpo/unreadable.js';
import { readCall } from '../../src/python/call.js';
import { parseFloatText, reprFloat, round3 } from '../../src/python/float.js';
import { reprText } from '../../src/python/text.js';
import { hostilePrediction } from '../arpo/predictions.js';
import { readVectors } from '../arpo/vectors.js';
import { describeWith } from '../support/components.js';

const screen = { width: 1920, height: 1080 };
const ORACLE = fileURLToPath(new URL('../python/python-oracle.py', import.meta.url));
const RUNS = 5000;

type Kind = 'code' | 'call' | 'float' | 'round' | 'repr';
type GuestCall = [name: string, args: unknown[], kwargs: Record<string, unknown>];
type CodeAnswer = { calls: GuestCall[] } | { foreign: string } | null;
type CallAnswer = { name: string | null; strings: Record<string, string | null> } | null;

/** One process for all questions of one kind. */
async function ask<Answer>(kind: Kind, subjects: readonly string[]): Promise<Answer[]> {
  const input = JSON.stringify(subjects.map((subject) => [kind, subject]));
  const { stdout } = await execa('python3', [ORACLE], { input, timeout: 120_000, maxBuffer: 1_000_000_000 });
  return JSON.parse(stdout);
}

/** Subjects whose seed a failure names, so that it can be repeated. */
function sample<T>(arbitrary: fc.Arbitrary<T>): { subjects: T[]; seed: number } {
  const seed = Date.now() % 0x7fffffff;
  return { subjects: fc.sample(arbitrary, { numRuns: RUNS, seed }), seed };
}

function isCode(action: string): boolean {
  return !['DONE', 'WAIT', 'FAIL'].includes(action);
}

describeWith('python3', 'generated code, judged by CPython', () => {
  it('does what the vectors say', async () => {
    const expected = readVectors().flatMap(({ expect: { actions, guest_code } }) =>
      actions.flatMap((source, index) => (isCode(source) ? [{ source, guest: guest_code[index] }] : [])),
    );
    const answers = await ask<CodeAnswer>(
      'code',
      expected.map(({ source }) => source),
    );
    const kinds = { calls: 'calls', no_effect: 'calls', extra_statements: 'foreign' };
    for (const [index, { guest }] of expected.entries()) {
      const answer = answers[index] ?? null;
      const kind = Object.entries(kinds).find(([name]) => name === guest?.kind)?.[1];
      expect(answer && Object.keys(answer)[0]).toBe(kind ?? null);
      if (answer && 'calls' in answer) expect(answer.calls).toEqual(guest?.calls);
    }
  });

  it.each(['uitars', 'uitars-reference'] as const)('%s: runs no model text', async (dialect) => {
    const { subjects, seed } = sample(hostilePrediction);
    const codes = subjects.flatMap(
      (text) => predictionToActions(`Thought: ${text}\nAction: ${text}`, { screen, dialect }).actions,
    );
    const sources = [...codes, ...breakouts(dialect)].filter(isCode);
    const answers = await ask<CodeAnswer>('code', sources);
    const isWrong = (answer: CodeAnswer) => (answer === null ? dialect === 'uitars' : 'foreign' in answer);
    const wrong = sources.filter((_, index) => isWrong(answers[index] ?? null));
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(sources.length).toBeGreaterThan(100);
  });

  it('uitars: types exactly what was said', async () => {
    const { subjects, seed } = sample(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((text) => !text.endsWith('\\n')),
    );
    const sources = subjects.map(
      (text) => predictionToActions(`Action: type(content=${reprText(text)})`, { screen }).actions[0] ?? '',
    );
    const answers = await ask<CodeAnswer>('code', sources);
    const typed = answers.map((answer) =>
      answer && 'calls' in answer ? answer.calls.map(textOf).join('') : answer,
    );
    expect(typed, `seed ${seed}`).toEqual(subjects);
  });
});

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
    const floats = subjects.map((text) => parseFloatText(text));
    const ours = floats.map((value) => (value === null ? null : reprFloat(value).replace('-nan', 'nan')));
    expect(ours, `seed ${seed}`).toEqual(await ask('float', subjects));

    const ties = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 16);
    const { subjects: values } = sample(fc.oneof(ties, fc.double({ noNaN: true, noDefaultInfinity: true })));
    expect(
      values.map((value) => reprFloat(round3(value))),
      `seed ${seed}`,
    ).toEqual(await ask('round', values.map(reprFloat)));
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

/** Breakouts that are built, not found: a Thought and a content that close their string and go on as code. */
function breakouts(dialect: 'uitars' | 'uitars-reference'): string[] {
  const closings = ["'''", "\\'''", "\\\\'''", "''''", "'", "\\'", "\\\\'", "\\\\\\\\\\'", '"""'];
  const codes = [
    '\nimport os\n',
    '; f(); ',
    ' + f() + ',
    ')\nf(',
    '\n\npyautogui.press("a")\n',
    ' #',
    'if f():\n  ',
  ];
  return closings.flatMap((first) =>
    codes.flatMap((code) =>
      ['', ...closings].flatMap((last) => {
        const text = first + code + last;
        const thought = `Thought: ${text}\nAction: click(start_box='(1,2)')`;
        const content = `Action: type(content='${text}')`;
        return [thought, content].flatMap((said) => predictionToActions(said, { screen, dialect }).actions);
      }),
    ),
  );
}

function textOf([name, args, kwargs]: GuestCall): string {
  if (name === 'pyautogui.write') return String(args[0]);
  if (name === 'pyautogui.press') return '\n';
  if (name === 'pyautogui.hotkey') return args.join() === 'shift,,' ? '<' : `unexpected ${args.join()}`;
  return name === 'time.sleep' ? '' : `unexpected ${name} ${JSON.stringify(kwargs)}`;
}

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
  const read = orNull(() => readCall(source, 0, false));
  if (read === null || !/^[ \t]*(?:#.*)?$/.test(source.slice(read.end))) return null;
  const { name, args } = read.call;
  const strings = [...args].map(([key, value]) => [key, value.kind === 'text' ? value.text : null] as const);
  return { name, strings: Object.fromEntries(strings) };
}
