/** An env server over real local desktops, and the UI-TARS actions of a script played on it. */
import { expect, vi } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { EnvClient } from '../../src/env-api/client.js';
import { LocalProvider, type LocalProviderOptions } from '../../src/providers/local/provider.js';
import type { Desktop } from '../../src/providers/provider.js';
import { startEnvServer } from '../../src/server/env-server.js';
import { TemporaryFolder } from './temporary-folder.js';

/** Stands in a script for: go on when the terminal shows its prompt. */
export const WHEN_PROMPTED = 'when prompted';

/** Stands in a script for: go on when the browser shows its address bar. */
export const WHEN_BROWSING = 'when browsing';

export class LocalServer implements AsyncDisposable {
  private constructor(
    readonly client: EnvClient,
    /** Every desktop that was started, the newest last. */
    readonly desktops: readonly Desktop[],
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(options: Partial<LocalProviderOptions> = {}): Promise<LocalServer> {
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
    const desktops: Desktop[] = [];
    const start = async (...args: Parameters<typeof provider.start>) => {
      const desktop = await provider.start(...args);
      desktops.push(desktop);
      return desktop;
    };
    const server = await startEnvServer({
      provider: { name: 'local', preflight: () => provider.preflight(), start },
      screen,
      port: 0,
      cacheDir: `${folder.path}/cache`,
    });
    const { signal } = new AbortController();
    return new LocalServer(new EnvClient(server.url, { signal }), desktops, async () => {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });
  }

  /** Resets to `task`, does the actions one by one, and returns the reward. What the server refuses is thrown. */
  async play(task: object, actions: readonly string[]): Promise<number> {
    await this.client.reset(task);
    for (const action of actions) {
      if (action === WHEN_PROMPTED) await this.#until(prompted);
      else if (action === WHEN_BROWSING) await this.#until(browsing);
      else await this.client.step(`Thought: as the script says.\nAction: ${action}`);
    }
    return (await this.client.evaluate()).reward;
  }

  /** As a model would look before it types: a machine may be slow to show a program. */
  async #until(seen: (agent: AgentClient) => Promise<void>): Promise<void> {
    const desktop = this.desktops.at(-1);
    if (!desktop) throw new Error('no desktop was started');
    const agent = new AgentClient(desktop.endpoints.agent);
    // Between steps the env keeps it paused.
    await desktop.resume();
    await vi.waitFor(() => seen(agent), { timeout: 60_000, interval: 100 });
    await desktop.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function prompted(agent: AgentClient): Promise<void> {
  expect(await agent.terminalOutput()).toMatch(/[$#]\s*$/);
}

async function browsing(agent: AgentClient): Promise<void> {
  expect(await agent.accessibilityTree()).toContain('name="Address and search bar"');
}
