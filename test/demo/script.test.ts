import { expect, test } from 'vitest';
import { predictionToActions } from '../../src/actions/index.js';
import { demoScript } from '../../src/demo/script.js';

const screen = { width: 1920, height: 1080 };
const SENTENCE = 'Desktops here, GPUs there, one tunnel between.';

test.each([4, 6, 10])('%d steps open the note, type the whole sentence, save and finish', (steps) => {
  const { predictions, task } = demoScript(screen, steps, 16);
  expect(predictions).toHaveLength(steps);
  const typed = predictions.flatMap((text) => /content='(.*)'/.exec(text)?.[1] ?? []);
  expect(typed.join('')).toBe(SENTENCE);
  expect(task.instruction).toContain(SENTENCE);
  expect(predictions.at(-1)).toMatch(/finished\(\)$/);
});

test.each(['uitars', 'uitars-reference'] as const)('every answer is an action in dialect %s', (dialect) => {
  for (const prediction of demoScript(screen, 10, 16).predictions) {
    const { actions, formatReward } = predictionToActions(prediction, { screen, dialect });
    expect(formatReward).toBe(0);
    expect(actions).toHaveLength(1);
  }
});

test.each([3, 11, 4.5, Number.NaN])('--steps %d is refused with what is allowed', (steps) => {
  expect(() => demoScript(screen, steps, 16)).toThrow(/the demo's episode has 4 to 10 steps/);
});

test('an episode is never longer than the server allows', () => {
  expect(() => demoScript(screen, 6, 5)).toThrow(/4 to 5 steps/);
});
