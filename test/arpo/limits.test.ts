/** Predictions that nobody means, each of which would hold up the other envs for minutes if it were read as usual. */
import { describe, expect, it } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';

const screen = { width: 1920, height: 1080 };
const read = (prediction: string, dialect: 'uitars' | 'uitars-reference') =>
  predictionToActions(prediction, { screen, dialect });
const CALL = "click(start_box='(1,2)')";

describe.each(['uitars', 'uitars-reference'] as const)('in %s', (dialect) => {
  it('a prediction longer than any program’s argument is an error', () => {
    const thought = (length: number) => `Thought: ${'x'.repeat(length)}\nAction: ${CALL}`;
    expect(read(thought(100_000), dialect)).toMatchObject({ formatReward: 0, actions: { length: 1 } });
    expect(read(thought(131_072), dialect)).toEqual({
      ...{ actions: ['DONE'], formatReward: -1 },
      problem: expect.stringMatching(/^a prediction of 131\d+ characters, over the limit of 131072$/),
    });
  });

  it('a long Thought is not written down for each of thousands of calls', () => {
    const calls = Array.from({ length: 2000 }, () => CALL).join('\n\n');
    expect(read(`Thought: ${'x'.repeat(50_000)}\nAction: ${calls}`, dialect)).toMatchObject({
      formatReward: -1,
      problem: 'more code than any episode runs',
    });
    expect(read(`Thought: short\nAction: ${calls}`, dialect).actions).toHaveLength(2000);
  });
});

describe('press', () => {
  it('of a key that is let go later holds it, also among thousands', () => {
    const presses = Array.from({ length: 7000 }, () => "press(key='a')").join('\n\n');
    const { actions } = read(
      `Action: ${presses}\n\npress(key='b')\n\nrelease(key='b')\n\npress(key='b')`,
      'uitars',
    );
    expect(actions.slice(-4).map((code) => code.split('\n').at(-1))).toEqual([
      "pyautogui.press('a')",
      "pyautogui.keyDown('b')",
      "pyautogui.keyUp('b')",
      "pyautogui.press('b')",
    ]);
  });
});
