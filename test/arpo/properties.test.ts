import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBoxToken } from '../../src/arpo/box-token.js';
import { predictionToActions } from '../../src/arpo/prediction.js';
import { readString } from '../../src/python/string-literal.js';
import { reprText } from '../../src/python/text.js';
import { findForeignCode } from './guest-code.js';
import { hostilePrediction, wellFormedPrediction } from './predictions.js';
import { readVectors } from './vectors.js';

const screen = { width: 1920, height: 1080 };
const dialects = ['uitars', 'uitars-reference'] as const;

describe('any prediction', () => {
  it.each(dialects)('%s: gives actions and a format reward, and never throws', (dialect) => {
    fc.assert(
      fc.property(fc.oneof(hostilePrediction, fc.string({ unit: 'binary' })), (prediction) => {
        const { actions, formatReward, problem } = predictionToActions(prediction, { screen, dialect });
        expect(actions.length).toBeGreaterThan(0);
        if (formatReward === 0) expect(problem).toBeUndefined();
        else
          expect({ actions, problem }).toEqual({ actions: ['DONE'], problem: expect.stringMatching(/\w/) });
      }),
      { numRuns: 3000 },
    );
  });

  it('uitars: the code holds only what actions do', () => {
    fc.assert(
      fc.property(hostilePrediction, (said) => {
        const predictions = [`Action: ${said}`, `Thought: ${said}\nAction: click(start_box='(1,2)')`];
        const actions = predictions.flatMap(
          (prediction) => predictionToActions(prediction, { screen }).actions,
        );
        expect(actions.map(findForeignCode)).toEqual(actions.map(() => undefined));
      }),
      { numRuns: 5000 },
    );
  });

  it('uitars: text reaches the keyboard as it was said', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((said) => !/<|\n|\\n$/.test(said) && said !== '');
    fc.assert(
      fc.property(text, (said) => {
        const { actions } = predictionToActions(`Action: type(content=${reprText(said)})`, { screen });
        const [, literal = ''] = /pyautogui\.write\((.*), interval=/s.exec(actions[0] ?? '') ?? [];
        expect(readString(literal, 0, false)).toEqual({ kind: 'text', text: said, end: literal.length });
      }),
    );
  });

  it('addBoxToken changes nothing but tokens and the blanks around actions', () => {
    // White space is Python's: control characters that JavaScript does not count among it go as well.
    const bare = (text: string) => text.replaceAll(/<\|box_(?:start|end)\|>|Action: |[\s\p{Cc}]/gu, '');
    fc.assert(
      fc.property(fc.oneof(hostilePrediction, wellFormedPrediction), (prediction) => {
        expect(bare(addBoxToken(prediction))).toBe(bare(prediction));
      }),
    );
  });
});

describe('what the reference handles well', () => {
  it('is the same in both dialects', () => {
    fc.assert(
      fc.property(wellFormedPrediction, (prediction) => {
        const ours = predictionToActions(prediction, { screen });
        expect(ours.formatReward).toBe(0);
        expect(ours).toEqual(predictionToActions(prediction, { screen, dialect: 'uitars-reference' }));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the independent reading of code', () => {
  const all = readVectors().flatMap(({ name, expect: { actions, guest_code } }) =>
    actions.map((action, index) => ({ name, action, kind: guest_code[index]?.kind ?? '' })),
  );

  it('accepts all code of the reference that does what actions do', () => {
    const refused = all.filter(
      ({ kind, action }) => /calls|no_effect/.test(kind) && findForeignCode(action) !== undefined,
    );
    expect(refused).toEqual([]);
  });

  it('finds what is foreign', () => {
    const passed = all.filter(
      ({ kind, action }) => kind === 'extra_statements' && findForeignCode(action) === undefined,
    );
    expect(passed).toEqual([]);
  });
});

/**
 * The work must grow with the length, not with its square: at this length a quadratic step would take many minutes, and
 * the test would end at the runner's limit on any machine.
 */
describe('a long prediction', () => {
  const LENGTH = 500_000;
  const repeated = (text: string) => text.repeat(Math.ceil(LENGTH / text.length));

  it.each([
    ['blanks in the Thought', `Thought: ${repeated(' ')}x\nAction: wait()`],
    ['blanks after the label', `Action: ${repeated(' ')}x`],
    ['blanks after a content', `Action: type(content='a'${repeated(' ')}x`],
    ['line ends', `Action: ${repeated('\n')}x`],
    ['labels', repeated('Action: ')],
    ['labels on lines of their own', repeated('Action:\n')],
    ['labels and texts that never close', repeated("\nAction: type(content='a ")],
    ['openings', `Action: ${repeated("type(content='")}`],
    ['calls', `Action: ${repeated("click(start_box='(1,2)')\n\n")}`],
    ['nested calls', `Action: ${repeated("type(content='type(content=\\'x\\')')")}`],
    ['candidates for an end', `Action: type(content='${repeated("') # ")}`],
    ['quotes', `Action: type(content=${repeated("'")}`],
    ['triple quotes', `Thought: ${repeated("''' ")}\nAction: click(start_box='(1,2)')`],
    ['brackets', `Action: ${repeated('(')}`],
    ['arguments', `Action: type(content='a'${repeated(", x='b'")}`],
    ['backslashes', `Action: type(content='${repeated('\\')}')`],
    ['names', `Action: ${repeated('a.')}`],
    ['words', `Action: ${repeated('foo bar\n')}`],
    ['comments', `Action: wait() ${repeated('#')}\rx`],
    ['adjacent strings', `Action: hotkey(key=${repeated("'a' ")})`],
    ['digits', `Action: click(start_box='(${repeated('1_')},2)')`],
    ['separators', `Action: wait()${repeated(';')}x`],
    ['tags', repeated('<function=click>')],
    ['parameters', `<function=click>${repeated('<parameter=point>1 2</parameter>')}`],
    ['closing tags', `<function=click>${repeated('</parameter')}`],
    ['thoughts', `${repeated('</think ')}x`],
    ['answers', repeated('<answer>')],
    [
      'marks',
      `<function=type><parameter=content><text_never_used_1>${repeated('</text_never_used_1> ')}x</parameter></function>`,
    ],
  ])('of %s is read in one go', (_, prediction) => {
    for (const dialect of dialects) {
      expect(predictionToActions(prediction, { screen, dialect }).actions.length).toBeGreaterThan(0);
    }
  });
});
