import { readdir } from 'node:fs/promises';
import { afterAll } from 'vitest';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { desktopProcesses } from '../../src/providers/local/processes.js';
import { LocalProvider } from '../../src/providers/local/provider.js';
import { stateFolder } from '../../src/runs/state-folder.js';
import { describeProviderContract } from '../providers/contract.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { ownXServers } from '../support/x-servers.js';

describeWith('Xvfb', 'provider local on real X displays', () => {
  const state = new TemporaryFolder();
  const env = { ...process.env, ARPO_ENV_STATE_DIR: state.path };
  afterAll(() => state[Symbol.dispose]());

  describeProviderContract('local', {
    provider: () =>
      new LocalProvider({
        screen: { width: 1280, height: 720 },
        ramSize: 2 ** 31,
        cpuCores: 2,
        vnc: false,
        confine: true,
        env,
      }),
    ready: ({ endpoints }) =>
      waitUntilReady(endpoints, { budgetMs: 60_000, signal: new AbortController().signal, intervalMs: 50 }),
    async crash({ id, gone }) {
      const [agent] = await desktopProcesses(id);
      if (agent !== undefined) process.kill(agent, 'SIGKILL');
      await new Promise((resolve) => gone.addEventListener('abort', resolve, { once: true }));
    },
    async leftovers() {
      const servers = await ownXServers();
      const folders = await readdir(stateFolder(env).desktops).catch(() => []);
      return [...folders, ...servers.map((pid) => `Xvfb ${pid}`)];
    },
    timeoutMs: 120_000,
  });
});
