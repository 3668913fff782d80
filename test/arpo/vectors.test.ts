import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { addBoxToken } from '../../src/arpo/box-token.js';
import { predictionToActions } from '../../src/arpo/prediction.js';
import { SYSTEM_MESSAGE, uiTarsPrompt } from '../../src/arpo/prompt.js';
import { EXPECTED_DEVIATIONS } from './expected-deviations.js';
import { namedDeviations, readBoxTokenVectors, readVectors, type Vector } from './vectors.js';

const vectors = readVectors();
const boxTokenVectors = readBoxTokenVectors();

test('the fixtures are whole', () => {
  expect(vectors).toHaveLength(461);
  expect(boxTokenVectors).toHaveLength(44);
});

describe('uitars-reference', () => {
  const refused = namedDeviations('uitars-reference');

  test('refuses exactly the vectors whose text escapes into the code', () => {
    const escaping = vectors.filter(({ expect: { guest_code } }) =>
      guest_code.some(({ kind }) => kind === 'extra_statements'),
    );
    expect(escaping.map(({ name }) => name).sort()).toEqual([...refused].sort());
  });

  test.each(vectors.filter(({ name }) => !refused.includes(name)))(
    '$name',
    ({ prediction, screen, expect: expected }) => {
      const { actions, formatReward, problem } = predictionToActions(prediction, {
        screen,
        dialect: 'uitars-reference',
      });
      expect(actions).toEqual(expected.actions);
      expect(formatReward).toBe(expected.format_reward);
      expect(problem === undefined).toBe(formatReward === 0);
    },
  );

  test.each(vectors.filter(({ name }) => refused.includes(name)))(
    '$name is refused',
    ({ prediction, screen }) => {
      expect(predictionToActions(prediction, { screen, dialect: 'uitars-reference' })).toEqual({
        actions: ['DONE'],
        formatReward: -1,
        problem: 'text of the prediction would run as guest code: refused',
      });
    },
  );
});

describe('uitars', () => {
  const named = namedDeviations('uitars');

  test('deviates by the rows of deviations.md and no other', () => {
    const deviating = vectors.filter((vector) => {
      const { actions, formatReward } = predictionToActions(vector.prediction, { screen: vector.screen });
      const { actions: expected, format_reward } = vector.expect;
      return formatReward !== format_reward || JSON.stringify(actions) !== JSON.stringify(expected);
    });
    expect(deviating.map(({ name }) => name).sort()).toEqual([...named].sort());
  });

  test.each(Object.entries(EXPECTED_DEVIATIONS))('%s', (name, expected) => {
    const { prediction, screen } = vectorNamed(name);
    const { actions, formatReward, problem } = predictionToActions(prediction, { screen });
    if (expected === 'error') {
      expect({ actions, formatReward }).toEqual({ actions: ['DONE'], formatReward: -1 });
      expect(problem).toMatch(/\w/);
    } else {
      expect(actions.map(afterDocstring)).toEqual(expected);
      expect(formatReward).toBe(0);
    }
  });

  test.each([
    ['type/long-2000', 2040, '0.029'],
    ['type/very-long-20000', 20_000, '0.003'],
  ])('%s is typed whole, in a minute', (name, length, interval) => {
    const { prediction, screen } = vectorNamed(name);
    const [, text, seconds] =
      /pyautogui\.write\('(.*)', interval=(.*)\)/.exec(
        predictionToActions(prediction, { screen }).actions[0] ?? '',
      ) ?? [];
    expect(text).toHaveLength(length);
    expect(seconds).toBe(interval);
    expect(prediction).toContain(`'${text}`);
  });

  test('every row is checked', () => {
    const long = named.filter((name) => name.includes('long-'));
    expect([...Object.keys(EXPECTED_DEVIATIONS), ...long].sort()).toEqual([...named].sort());
  });
});

describe('addBoxToken', () => {
  test.each(boxTokenVectors)('$name', ({ input, expect: expected }) => {
    expect(addBoxToken(input)).toBe(expected);
  });
});

describe('the prompt', () => {
  it('is byte-exact', () => {
    const text = uiTarsPrompt('{instruction}');
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      'f1d70d9d71b6048f86c4a1786d972440b106bee129c559d3cedda0a29412e328',
    );
    expect(SYSTEM_MESSAGE).toBe('Your are a helpful assistant.');
  });

  it('takes an instruction as it stands', () => {
    const instruction = "sort $& by {instruction}, $1 and $'";
    expect(uiTarsPrompt(instruction)).toMatch(/## User Instruction\n.*\n$/);
    expect(uiTarsPrompt(instruction)).toContain(`\n${instruction}\n`);
  });
});

function vectorNamed(name: string): Vector {
  const vector = vectors.find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return vector;
}

/** The statements of an action, without the imports and the Thought that every action repeats. */
function afterDocstring(action: string): string {
  return action.includes("'''\n\n") ? action.slice(action.lastIndexOf("'''\n\n") + 5) : action;
}
