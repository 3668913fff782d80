/** When `uitars-reference` refuses code, beyond the vectors. */
import { describe, expect, it } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';

const screen = { width: 1920, height: 1080 };
const CLICK = "Action: click(start_box='(1,2)')";

function outcome(prediction: string): string {
  const { actions, problem } = predictionToActions(prediction, { screen, dialect: 'uitars-reference' });
  if (problem?.endsWith('refused')) return 'refused';
  return actions.length === 1 && actions[0] === 'DONE' ? 'DONE' : 'passed';
}

describe('uitars-reference', () => {
  it.each([
    ['code between two closings', `Thought: '''\nos.abort()\n'''\n${CLICK}`],
    ['code in an expression', `Thought: ''' + f() + '''\n${CLICK}`],
    ['an f-string, whose end nobody knows', `Thought: '''\nf"{'''\n${CLICK}`],
    ['other quotes around the closing', `Thought: '''; a = """\nAction: type(content='"""; f() #')`],
    ['a comment at the end', "Thought: x\nAction: type(content='\\\\\\\\\\' ); f() #')"],
  ])('refuses %s', (_, prediction) => {
    expect(outcome(prediction)).toBe('refused');
  });

  it.each([
    ['a block that is opened again and never closed', `Thought: '''\nos.abort() #\n${CLICK}`],
    ['escaped quotes', `Thought: \\'\\'\\' and \\\\\n${CLICK}`],
    ['three quotes that words follow', `Thought: The code has ''' in it\n${CLICK}`],
    ['three double quotes', `Thought: """\n${CLICK}`],
    ['an escaping Thought of a special action', "Thought: '''\nos.abort()\n'''\nAction: wait()"],
  ])('passes %s', (_, prediction) => {
    expect(outcome(prediction)).toBe('passed');
  });

  it('looks at the code that is returned, not at what a special action discards', () => {
    expect(outcome("Thought: '''\nf()\n'''\nAction: click(start_box='(1,2)')\n\nfinished()")).toBe('DONE');
  });
});
