/** CPython as the judge of what the generated code is. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';
import { mayCompile } from '../../src/python/containment.js';
import { reprText } from '../../src/python/text.js';
import { hostilePrediction } from '../arpo/predictions.js';
import { readVectors } from '../arpo/vectors.js';
import { nearlyPython } from '../python/nearly-python.js';
import { ask, sample } from '../python/oracle.js';
import { describeWith } from '../support/components.js';

const screen = { width: 1920, height: 1080 };

type GuestCall = [name: string, args: unknown[], kwargs: Record<string, unknown>];
type CodeAnswer = { calls: GuestCall[] } | { foreign: string } | null;

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

  it('what surely does not compile is refused by Python', async () => {
    const { subjects, seed } = sample(nearlyPython);
    const refused = subjects.filter((source) => !mayCompile(source));
    const answers = await ask<boolean>('compiles', refused);
    expect(
      refused.filter((_, index) => answers[index]),
      `seed ${seed}`,
    ).toEqual([]);
    expect(refused.length).toBeGreaterThan(100);
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
