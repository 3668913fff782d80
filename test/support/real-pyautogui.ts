/** The real pyautogui on a display, kept running: an interpreter's start for every call would take minutes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findDesktopPython, pythonIn } from '../../src/guest/x11/desktop-python.js';

export interface RealPyautogui extends AsyncDisposable {
  /** Runs code; answers the name of the exception that ended it, null when none did. */
  run(code: string): Promise<string | null>;
  /** The value of an expression, by way of JSON. */
  value(expression: string): Promise<unknown>;
}

const ANSWER_DEADLINE_MS = 60_000;

const PROGRAM = `
import json, sys, time
import pyautogui
pyautogui.PAUSE = 0
pyautogui.FAILSAFE = False
names = {"pyautogui": pyautogui, "time": time}
for line in sys.stdin:
    kind, text = json.loads(line)
    answer = None
    try:
        if kind == "value":
            answer = eval(text, names)
        else:
            exec(compile(text, "<string>", "exec"), dict(names))
    except BaseException as error:
        answer = type(error).__name__
    print(json.dumps(answer), flush=True)
`;

export async function realPyautogui(environment: NodeJS.ProcessEnv): Promise<RealPyautogui> {
  const folder = await findDesktopPython();
  if (folder === null) throw new Error('no Python with pyautogui; fix: scripts/e2e-setup.sh');
  const child = spawn(pythonIn(folder), ['-c', PROGRAM], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // One that has ended says so by its output's end; who asks it next writes to nobody.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (kind: 'code' | 'value', text: string): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify([kind, text])}\n`);
    // Without a deadline a call that sleeps for hours makes all later tests wait, and none says what for.
    const deadline = setTimeout(() => child.kill(), ANSWER_DEADLINE_MS);
    const { value, done } = await lines.next();
    clearTimeout(deadline);
    if (done)
      throw new Error(`pyautogui ended, or did not within ${ANSWER_DEADLINE_MS / 1000} s, at ${text}`);
    return JSON.parse(value);
  };
  return {
    run: async (code) => (await ask('code', code)) as string | null,
    value: (expression) => ask('value', expression),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
