/** What `quick` leaves out of what is done, and how long it may take until it is seen. */
import { expect, it } from 'vitest';
import { typingMs } from '../../src/arpo/pace.js';
import { predictionToActions } from '../../src/arpo/prediction.js';

const screen = { width: 1920, height: 1080 };
const said = "Thought: so\nAction: type(content='hello<b\\n')";
const code = (options: object) => predictionToActions(said, { screen, ...options }).actions[0] ?? '';

it('types at once and does not wait in the guest', () => {
  expect(code({ pace: 'quick' })).toContain(
    "pyautogui.write('hello', interval=0.0)\npyautogui.hotkey('shift', ',')\npyautogui.write('b', interval=0.0)\n\npyautogui.press('enter')",
  );
});

it('the reference waits, and so does the reference dialect whatever the pace', () => {
  for (const options of [{}, { pace: 'reference' }, { pace: 'quick', dialect: 'uitars-reference' }]) {
    expect(code(options)).toMatch(/interval=0\.1\)[\s\S]*\ntime\.sleep\(0\.5\)/);
    expect(typingMs(code(options))).toBe(0);
  }
});

it('has the time that the reference would take to be seen', () => {
  expect(typingMs(code({ pace: 'quick' }))).toBe((7 + 3) * 100 + 500);
  const long = predictionToActions(`Action: type(content='${'x'.repeat(5000)}')`, { screen, pace: 'quick' });
  expect(typingMs(long.actions[0] ?? '')).toBe(60_500);
  expect(typingMs('pyautogui.click(1, 2)')).toBe(0);
});
