import { expect, test } from 'vitest';
import { thoughtOf } from '../../src/arpo/thought.js';

test.each([
  ['Thought:  a \n Action: x', 'a'],
  ['Thought: Action: x', 'Action: x'],
  ['Thought: a Action: b Action: c', 'a'],
  ['Thought:a Thought: b', 'b'],
  ['Reflection: r Action_Summary: s Action: x', 's'],
  ['Reflection: Action_Summary: s', null],
  ['Action: x', null],
])('the Thought of %j is %j', (prediction, thought) => {
  expect(thoughtOf(prediction)).toBe(thought);
});
