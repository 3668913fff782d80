/** A practice desktop behind its real HTTP agent, with the calls that tests make most. */
import { AgentClient } from '../../src/desktop/agent-client.js';
import {
  type PracticeDesktop,
  type PracticeDesktopOptions,
  startPracticeDesktop,
} from '../../src/guest/practice/index.js';

/** What OSWorld's controller puts before every action (guest-api.md §4). */
const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';

export interface PracticeGuest extends AsyncDisposable {
  desktop: PracticeDesktop;
  agent: AgentClient;
  /** Runs calls in the shape that UI-TARS actions have; throws what the guest leaves on stderr. */
  act(calls: string): Promise<void>;
  /** The accessibility tree. */
  tree(): Promise<string>;
  /** Standard output of a shell command. */
  shell(script: string): Promise<string>;
}

export async function practiceDesktop(options: PracticeDesktopOptions = {}): Promise<PracticeGuest> {
  const desktop = await startPracticeDesktop({ now: () => new Date('2026-11-21T10:24:00Z'), ...options });
  const agent = new AgentClient(desktop.agent);
  return {
    desktop,
    agent,
    async act(calls) {
      const { returncode, error } = await agent.execute(['python', '-c', PREFIX + actionCode(calls)]);
      if (returncode !== 0) throw new Error(error);
    },
    tree: () => agent.accessibilityTree(),
    async shell(script) {
      return (await agent.execute(script, { shell: true })).output;
    },
    [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose](),
  };
}

/** As uitars-vectors.json has it in `expect.actions`. */
function actionCode(calls: string): string {
  return `import pyautogui\nimport time\n'''\nObservation:\n\n\nThought:\nI don\\'t know.\n'''\n\n${calls}`;
}
