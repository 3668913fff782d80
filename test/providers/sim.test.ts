import { describe, expect, test } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { createSimProvider } from '../../src/providers/sim.js';
import { describeProviderContract } from './contract.js';

describeProviderContract('sim', {
  provider: () => createSimProvider(),
  ready: ({ endpoints }) =>
    waitUntilReady(endpoints, { budgetMs: 20_000, signal: new AbortController().signal }),
  crash: (desktop) => desktop.kill(),
  async leftovers() {
    // Handles that were closed are still counted for a few turns of the event loop.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const servers = process.getActiveResourcesInfo().filter((resource) => resource === 'TCPServerWrap');
    return servers.map((resource, index) => `${resource} ${index}`);
  },
  timeoutMs: 20_000,
});

describe('sim', () => {
  const start = (options: Parameters<typeof createSimProvider>[0] = {}) =>
    createSimProvider(options).start({ signal: new AbortController().signal, onProgress: () => {} });

  test('has the screen that is asked for', async () => {
    await using desktop = await start({ screen: { width: 1280, height: 720 } });
    expect(await new AgentClient(desktop.endpoints.agent).screenSize()).toEqual({ width: 1280, height: 720 });
  });

  test('a request that waits on a paused desktop ends when that is stopped', async () => {
    const desktop = await start();
    await desktop.pause();
    const waiting = new AgentClient(desktop.endpoints.agent).screenSize();
    const failed = expect(waiting).rejects.toMatchObject({ code: 'E_AGENT_UNREACHABLE' });
    await desktop[Symbol.asyncDispose]();
    await failed;
  });

  test('the log has verbs, paths and statuses, and no bodies', async () => {
    await using desktop = await start();
    const agent = new AgentClient(desktop.endpoints.agent);
    await agent.execute('echo secret-password && true', { shell: true });
    await agent.launch('false');
    const log = await desktop.logs(100);
    expect(log).toMatch(/POST \/execute 200 \d+\.\d ms/);
    expect(log).toContain('false exited with 1');
    expect(log).not.toContain('secret-password');
  });

  test('a browser that connects to its CDP is refused, not left waiting', async () => {
    await using desktop = await start();
    const version = await fetch(new URL('json/version', desktop.endpoints.cdp));
    const { webSocketDebuggerUrl } = (await version.json()) as { webSocketDebuggerUrl: string };
    const refused = await fetch(webSocketDebuggerUrl.replace('ws:', 'http:'));
    expect(refused.status).toBe(404);
    expect(await (await fetch(new URL('json/list', desktop.endpoints.cdp))).json()).toEqual([]);
  });

  test('can be watched in a browser, also while it is paused', async () => {
    await using desktop = await start();
    await desktop.pause();
    expect(await (await fetch(String(desktop.endpoints.watch))).text()).toContain('screen.png');
    const picture = await fetch(new URL('screen.png', String(desktop.endpoints.watch)));
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });
});
