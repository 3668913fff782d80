/** An env server over real local desktops, and the UI-TARS actions of a script played on it. */
import { expect, vi } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { EnvClient } from '../../src/env-api/client.js';
import type { Judge } from '../../src/evaluators/judge.js';
import { nativeJudge } from '../../src/evaluators/native/judge.js';
import { LocalProvider, type LocalProviderOptions } from '../../src/providers/local/provider.js';
import type { Desktop } from '../../src/providers/provider.js';
import { startEnvServer } from '../../src/server/env-server.js';
import { TemporaryFolder } from './temporary-folder.js';

/** A UI-TARS action; or what somebody outside of the desktop does to it, while it runs. */
export type Act = string | ((desktop: Desktop) => Promise<unknown>);

/** As a model would look before it acts, at what a machine may be slow to show: until `look` throws no more. */
export function whenSeen(look: (agent: AgentClient) => Promise<void>): Act {
  return ({ endpoints }) => {
    const agent = new AgentClient(endpoints.agent);
    return vi.waitFor(() => look(agent), { timeout: 60_000, interval: 100 });
  };
}

/** When the terminal shows its prompt. */
export const WHEN_PROMPTED = whenSeen(async (agent) => {
  expect(await agent.terminalOutput()).toMatch(/[$#]\s*$/);
});

/** When the browser shows its address bar. */
export const WHEN_BROWSING = whenSeen(async (agent) => {
  expect(await agent.accessibilityTree()).toContain('name="Address and search bar"');
});

interface LocalServerOptions extends Partial<LocalProviderOptions> {
  judge?: Judge;
}

type Pace = 'reference' | 'quick';

/** What a busy machine has not drawn yet at the end of a script. */
const SEEN = { limitMs: 10_000, pauseMs: 1000 };

export class LocalServer implements AsyncDisposable {
  /** What the screen showed when the last script that was played had come to its end. */
  picture: Buffer | null = null;

  private constructor(
    readonly client: EnvClient,
    /** Every desktop that was started, the newest last. */
    readonly desktops: readonly Desktop[],
    private readonly stop: () => Promise<void>,
  ) {}

  /** `onDesktop` is done to every desktop before it is used. */
  static async start(
    options: LocalServerOptions = {},
    onDesktop: (desktop: Desktop) => Promise<unknown> = async () => {},
  ): Promise<LocalServer> {
    const [local] = await LocalServer.startEach(['reference'], options, onDesktop);
    if (!local) throw new Error('no server');
    return local;
  }

  /** One of each pace, over one provider, as of two in a process only the first can make control groups. */
  static async startEach(
    paces: readonly Pace[],
    // In this thread: another would need the compiled program.
    { judge = nativeJudge, ...options }: LocalServerOptions = {},
    onDesktop: (desktop: Desktop) => Promise<unknown> = async () => {},
  ): Promise<LocalServer[]> {
    const folder = new TemporaryFolder();
    const screen = { width: 1920, height: 1080 };
    const env = { ...process.env, ARPO_ENV_STATE_DIR: folder.path };
    const provider = new LocalProvider({
      screen,
      ramSize: 2 ** 32,
      cpuCores: 2,
      vnc: false,
      confine: true,
      env,
      ...options,
    });
    let running = paces.length;
    const startOne = async (pace: Pace): Promise<LocalServer> => {
      const desktops: Desktop[] = [];
      const start = async (...args: Parameters<typeof provider.start>) => {
        const desktop = await provider.start(...args);
        desktops.push(desktop);
        await onDesktop(desktop);
        return desktop;
      };
      const server = await startEnvServer({
        provider: { name: 'local', preflight: () => provider.preflight(), start },
        screen,
        pace,
        port: 0,
        cacheDir: `${folder.path}/cache-${pace}`,
        judge,
      });
      const { signal } = new AbortController();
      return new LocalServer(new EnvClient(server.url, { signal }), desktops, async () => {
        await server[Symbol.asyncDispose]();
        running -= 1;
        if (running === 0) folder[Symbol.dispose]();
      });
    };
    return Promise.all(paces.map(startOne));
  }

  /** Resets to `task`, does one act after the other, and returns the reward. What the server refuses is thrown. */
  async play(task: object, acts: readonly Act[]): Promise<number> {
    await this.client.reset(task);
    for (const act of acts) {
      if (typeof act === 'string') {
        await this.client.step(`Thought: as the script says.\nAction: ${act}`);
      } else {
        await this.act(act);
      }
    }
    await this.act(async ({ endpoints }) => {
      const agent = new AgentClient(endpoints.agent);
      await agent.rest(SEEN, { signal: AbortSignal.timeout(60_000) });
      this.picture = await agent.screenshot();
    });
    return (await this.client.evaluate()).reward;
  }

  /** Does it to the desktop of the present episode, which the env keeps paused between steps. */
  async act(act: (desktop: Desktop) => Promise<unknown>): Promise<void> {
    const desktop = this.desktops.at(-1);
    if (!desktop) throw new Error('no desktop was started');
    await desktop.resume();
    try {
      await act(desktop);
    } finally {
      await desktop.pause();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
