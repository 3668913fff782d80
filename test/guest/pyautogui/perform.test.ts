import { expect, test } from 'vitest';
import { performSteps } from '../../../src/guest/pyautogui/perform.js';
import { readPyautogui } from '../../../src/guest/pyautogui/read.js';
import { sleep } from '../../../src/lib/wait.js';

/** What is down when a program was ended as soon as it waited. */
async function downAfterAbort(calls: string): Promise<string[]> {
  const down = new Set<string>();
  const press = async (name: string) => void down.add(name);
  const release = async (name: string) => void down.delete(name);
  const abort = new AbortController();
  const performing = performSteps(
    readPyautogui(`import pyautogui\nimport time\npyautogui.${calls}`),
    {
      keyboard: { announce: async () => {}, press, release },
      pointer: {
        position: async () => ({ x: 0, y: 0 }),
        moveTo: async () => {},
        press,
        release,
        scroll: async () => {},
      },
      done: async () => {},
    },
    {
      clock: {
        now: () => 0,
        sleep: async (ms, signal) => {
          abort.abort(new Error('hung up'));
          await sleep(ms, signal);
        },
      },
      signal: abort.signal,
    },
  );
  await expect(performing).rejects.toThrow('hung up');
  return [...down];
}

test.each([
  ["hotkey('ctrl', 'shift', 'a', interval=9)", []],
  ["write('abc', interval=9)", []],
  ['dragTo(5, 5, duration=9)', []],
  ["click(clicks=3, interval=9, button='right')", []],
  ["keyDown('shift'); time.sleep(9)", ['shift']],
  ["mouseDown(button='middle'); pyautogui.hotkey('ctrl', 'c', interval=9)", ['middle']],
])('pyautogui.%s, ended in the middle, leaves down %j', async (calls, down) => {
  expect(await downAfterAbort(calls)).toEqual(down);
});
