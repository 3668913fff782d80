import { expect, test } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';
import { demoScript } from '../../src/demo/script.js';

const screen = { width: 1920, height: 1080 };
const script = (steps: number, maxSteps = 16, hasIcons = true) =>
  demoScript({ screen, steps, maxSteps, hasIcons });
const SENTENCE = 'Desktops here, GPUs there, one tunnel between.';

test.each([4, 6, 10])('%d steps open the note, type the whole sentence, save and finish', (steps) => {
  const { predictions, task } = script(steps);
  expect(predictions).toHaveLength(steps);
  const typed = predictions.flatMap((text) => /content='(.*)'/.exec(text)?.[1] ?? []);
  expect(typed.join('')).toBe(SENTENCE);
  expect(task.instruction).toContain(SENTENCE);
  expect(predictions.at(-1)).toMatch(/finished\(\)$/);
});

test.each(['uitars', 'uitars-reference'] as const)('every answer is an action in dialect %s', (dialect) => {
  for (const prediction of [...script(10).predictions, ...script(10, 16, false).predictions]) {
    const { actions, formatReward } = predictionToActions(prediction, { screen, dialect });
    expect(formatReward).toBe(0);
    expect(actions).toHaveLength(1);
  }
});

test.each([3, 11, 4.5, Number.NaN])('--steps %d is refused with what is allowed', (steps) => {
  expect(() => script(steps)).toThrow(/the demo's episode has 4 to 10 steps/);
});

test('an episode is never longer than the server allows', () => {
  expect(() => script(6, 5)).toThrow(/4 to 5 steps/);
});

test('where the note has no icon, setup opens it and the first step clicks into it', () => {
  const { task, predictions } = script(6, 16, false);
  expect(task.config.map(({ type }) => type)).toEqual(['execute', 'open']);
  const { actions } = predictionToActions(predictions[0] ?? '', { screen, dialect: 'uitars' });
  expect(JSON.stringify(actions)).toMatch(/click\(960.0, 540.0,/);
});
