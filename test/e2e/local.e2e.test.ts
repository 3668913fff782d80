import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { EnvClient } from '../../src/env-api/client.js';
import { LocalProvider, type LocalProviderOptions } from '../../src/providers/local/provider.js';
import type { Desktop } from '../../src/providers/provider.js';
import { type CliProcess, CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { ownXServers } from '../support/x-servers.js';

const { signal } = new AbortController();
/** No daemon can be there. */
const NO_DOCKER = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };

let state: TemporaryFolder;
beforeEach(() => {
  state = new TemporaryFolder();
});
afterEach(() => state[Symbol.dispose]());

function provider(options: Partial<LocalProviderOptions> = {}): LocalProvider {
  return new LocalProvider({
    screen: { width: 1280, height: 720 },
    ramSize: 2 ** 31,
    cpuCores: 2,
    vnc: false,
    confine: true,
    env: { ...process.env, ARPO_ENV_STATE_DIR: state.path },
    ...options,
  });
}

async function started(from: LocalProvider): Promise<Desktop> {
  const desktop = await from.start({ signal, onProgress: () => {} });
  await waitUntilReady(desktop.endpoints, { budgetMs: 60_000, signal, intervalMs: 50 });
  return desktop;
}

describeWith('Xvfb', 'provider local', () => {
  it('four desktops at once, each with a screen and a home of its own', async () => {
    const from = provider();
    const desktops = await Promise.all([1, 2, 3, 4].map(() => started(from)));
    try {
      expect((await ownXServers()).length).toBe(4);
      const agents = desktops.map(({ endpoints }) => new AgentClient(endpoints.agent));
      await Promise.all(
        agents.map((agent, k) => agent.upload('/home/user/mark', Buffer.from(`desktop ${k}`))),
      );
      const marks = await Promise.all(agents.map((agent) => agent.file('/home/user/mark')));
      expect(marks.map(String)).toEqual(['desktop 0', 'desktop 1', 'desktop 2', 'desktop 3']);
    } finally {
      await Promise.all(desktops.map((desktop) => desktop[Symbol.asyncDispose]()));
    }
    expect(await ownXServers()).toEqual([]);
  });

  it('a desktop that wants more memory than it may have loses the program, not the machine', async () => {
    const warnings: string[] = [];
    await using desktop = await started(
      provider({ ramSize: 2 ** 29, onWarning: (text) => warnings.push(text) }),
    );
    if (warnings.length > 0) {
      expect(warnings).toEqual([expect.stringMatching(/^desktops run without limits of memory/)]);
      return;
    }
    // Without a line break, tail keeps all that it reads.
    const agent = new AgentClient(desktop.endpoints.agent);
    const greedy = await agent.execute('head -c 1500000000 /dev/zero | tail', { shell: true });
    expect(greedy.returncode).not.toBe(0);
    expect((await agent.screenshot()).length).toBeGreaterThan(1000);
  });

  it('a paused desktop runs for as long as somebody watches it', async () => {
    await using desktop = await started(provider());
    await desktop.pause();
    const agent = new AgentClient(desktop.endpoints.agent);
    const answer = async () =>
      Promise.race([agent.execute('true').then(() => 'running'), delay(1000, 'paused')]);
    expect(await answer()).toBe('paused');
    const { hostname, port } = new URL(String(desktop.endpoints.watch));
    const keepAlive = new Agent({ keepAlive: true });
    const page = get({ hostname, port, path: '/', agent: keepAlive });
    const [response] = (await once(page, 'response')) as [IncomingMessage];
    expect(String(Buffer.concat(await response.toArray()))).toContain('<title>arpo-env desktop');
    const picture = get({ hostname, port, path: '/screen.png', agent: keepAlive });
    const [shown] = (await once(picture, 'response')) as [IncomingMessage];
    expect(Buffer.concat(await shown.toArray()).length).toBeGreaterThan(1000);
    // A step comes and goes: who watches still sees the desktop run.
    await desktop.resume();
    await desktop.pause();
    await eventually(async () => expect(await answer()).toBe('running'));
    keepAlive.destroy();
    await eventually(async () => expect(await answer()).toBe('paused'));
    await desktop.resume();
    await eventually(async () => expect(await answer()).toBe('running'));
  });

  it('kill -9 of the server leaves nothing of its desktops', async () => {
    await using sandbox = new CliSandbox();
    const flags = ['--provider', 'local', '--port', '0', '--prewarm', '--json', '--envs', '2'];
    const server = sandbox.start(['serve', ...flags], NO_DOCKER);
    await ready(server);
    await eventually(async () => expect((await ownXServers()).length).toBe(2));
    server.child.kill('SIGKILL');
    await server.waitForExit();
    await eventually(async () => expect(await ownXServers()).toEqual([]));
  });

  it('auto is local where there is no docker, and says why', async () => {
    await using sandbox = new CliSandbox();
    const server = sandbox.start(['serve', '--port', '0', '--json'], NO_DOCKER);
    await server.readUntil(
      /provider local: a real X desktop \(docker: .*\/nonexistent\/docker\.sock/,
      'stderr',
    );
  });
});

describeWith('x11vnc', 'provider local, watched over VNC', () => {
  const INTERACTIVE = /http:\/\/127\.0\.0\.1:\d+\/vnc\.html\?autoconnect=1[^\s"]*/;

  it('noVNC’s page is served, and an RFB server answers on its WebSocket', async () => {
    await using desktop = await started(provider({ vnc: true }));
    const page = new URL(String(desktop.endpoints.watch));
    expect(page.href).toMatch(INTERACTIVE);
    expect(await (await fetch(page)).text()).toContain('noVNC');
    const viewer = new WebSocket(`ws://${page.host}/websockify`, { origin: page.origin });
    try {
      const [greeting] = (await once(viewer, 'message')) as [Buffer];
      expect(greeting.toString()).toMatch(/^RFB 003\.\d{3}\n$/);
    } finally {
      viewer.terminate();
    }
  });

  it('the server says where, in its log and to /health', async () => {
    await using sandbox = new CliSandbox();
    const flags = ['--provider', 'local', '--vnc', '--port', '0', '--prewarm', '--json'];
    const server = sandbox.start(['serve', ...flags], NO_DOCKER);
    const url = await ready(server);
    const [page] = await server.readUntil(INTERACTIVE, 'stderr');
    const task = { id: 'watched', instruction: 'Nothing.', config: [], evaluator: { func: 'infeasible' } };
    const client = new EnvClient(new URL(url), { signal: new AbortController().signal });
    await client.reset(task);
    expect(await client.health()).toMatchObject({ kind: 'native', health: { watch: page } });
    // The sandbox kills: a desktop would be left.
    server.child.kill('SIGTERM');
    await server.waitForExit();
    expect(await ownXServers()).toEqual([]);
  });
});

/** Resolves with its address when every env's desktop is. */
async function ready(server: CliProcess): Promise<string> {
  const [, document = ''] = await server.readUntil(/^(\{.*\})$/m);
  const { url, envs } = JSON.parse(document) as { url: string; envs: number };
  const client = new EnvClient(new URL(url), { signal: new AbortController().signal });
  await eventually(async () =>
    expect(await client.health()).toMatchObject({ health: { standby: { ready: envs } } }),
  );
  return url;
}
