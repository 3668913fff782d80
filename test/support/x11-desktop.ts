/** A real X desktop behind its HTTP agent, with the calls that tests make most. */
import { AgentClient } from '../../src/desktop/agent-client.js';
import { startX11Desktop, type X11Desktop, type X11DesktopOptions } from '../../src/guest/x11/index.js';
import { eventually } from './eventually.js';

/** What OSWorld's controller puts before every action (guest-api.md §4). */
const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';

export interface RealDesktop extends AsyncDisposable {
  desktop: X11Desktop;
  agent: AgentClient;
  /** Runs pyautogui calls; throws what they leave on stderr. */
  act(calls: string): Promise<void>;
  /** Standard output of a shell command. */
  shell(script: string): Promise<string>;
  /** Resolves once there is a window whose title begins so. */
  windowNamed(title: string): Promise<void>;
}

export async function realDesktop(options: Partial<X11DesktopOptions> = {}): Promise<RealDesktop> {
  const desktop = await startX11Desktop({ screen: { width: 1280, height: 720 }, ...options });
  const agent = new AgentClient(desktop.agent);
  return {
    desktop,
    agent,
    async act(calls) {
      const { returncode, error } = await agent.execute(['python', '-c', PREFIX + calls]);
      if (returncode !== 0) throw new Error(error);
    },
    async shell(script) {
      return (await agent.execute(script, { shell: true })).output;
    },
    async windowNamed(title) {
      await eventually(async () => {
        const tree = await agent.accessibilityTree();
        if (!tree.includes(`<frame name="${title}`)) throw new Error(`no window ${title}: ${tree}`);
      });
    },
    [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose](),
  };
}
