/** A real X desktop behind its HTTP agent, with the calls that tests make most. */
import { AgentClient } from '../../src/desktop/agent-client.js';
import { startX11Desktop, type X11Desktop, type X11DesktopOptions } from '../../src/guest/x11/index.js';
import { processesWith } from './marked-processes.js';

/** What OSWorld's controller puts before every action (guest-api.md §4). */
const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';

/** A window as other X clients see it. */
export interface SeenWindow {
  title: string;
  active: boolean;
  /** Pixels from the screen's top. */
  top: number;
  bottom: number;
}

/** Of every window but the panel, oldest first: whether it is active, its place, and its title. */
const WINDOWS = `
active=$(xprop -root _NET_ACTIVE_WINDOW | grep -o '0x[0-9a-f]*')
for id in $(xprop -root _NET_CLIENT_LIST | grep -o '0x[0-9a-f]*'); do
  case "$(xprop -id $id _NET_WM_WINDOW_TYPE)" in *DOCK*) continue ;; esac
  top=$(xwininfo -id $id | sed -n 's/.*Absolute upper-left Y: *//p')
  height=$(xwininfo -id $id | sed -n 's/^  Height: *//p')
  title=$(xprop -id $id WM_NAME | sed 's/^[^=]*= "//; s/"$//')
  echo "$([ $id = "$active" ] && echo 1 || echo 0) $top $height $title"
done`;

export interface RealDesktop extends AsyncDisposable {
  desktop: X11Desktop;
  agent: AgentClient;
  /** Runs pyautogui calls; throws what they leave on stderr. */
  act(calls: string): Promise<void>;
  /** Standard output of a shell command. */
  shell(script: string): Promise<string>;
  /** Pids of its programs of this name: the machine may run others, and other desktops. */
  pids(program: string): Promise<number[]>;
  /** Resolves once there is a window whose title has this in it. */
  windowNamed(title: string): Promise<void>;
  windows(): Promise<SeenWindow[]>;
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
    pids: (program) => processesWith(`HOME=${desktop.home}`, program),
    async windowNamed(title) {
      await agent.executeWithVerification({
        command: ['true'],
        shell: false,
        verification: { window_exists: title },
        maxWaitSeconds: 30,
        checkIntervalSeconds: 0.05,
      });
    },
    async windows() {
      const { output } = await agent.execute(WINDOWS, { shell: true });
      return [...output.matchAll(/^(\d) (-?\d+) (\d+) (.*)$/gm)].map(([, active, top, height, title]) => ({
        title: title ?? '',
        active: active === '1',
        top: Number(top),
        bottom: Number(top) + Number(height),
      }));
    },
    [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose](),
  };
}
