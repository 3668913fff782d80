import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { identifyProcess } from '../../../src/host/process.js';
import { findConfinement } from '../../../src/providers/local/confinement.js';
import { LocalProvider, type LocalProviderOptions } from '../../../src/providers/local/provider.js';
import { startDesktop } from '../../../src/providers/local/start-desktop.js';
import { stateFolder } from '../../../src/runs/state-folder.js';
import { eventually } from '../../support/eventually.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const AGENT = fileURLToPath(new URL('../../support/fixture-agent.mjs', import.meta.url));
const state = new TemporaryFolder();
afterAll(() => state[Symbol.dispose]());
const env = { ...process.env, ARPO_ENV_STATE_DIR: state.path };
const { desktops } = stateFolder(env);

interface AgentFacts {
  pid: number;
  env: Record<string, string>;
  argv: string[];
  cwd: string;
  child?: number;
}

function provider(mode: string, options: Partial<LocalProviderOptions> = {}) {
  return new LocalProvider({
    screen: { width: 1280, height: 720 },
    ramSize: 2 ** 30,
    cpuCores: 2,
    vnc: false,
    confine: false,
    guest: [process.execPath, AGENT, mode],
    env,
    ...options,
  });
}

const start = (
  mode: string,
  options: Partial<LocalProviderOptions> = {},
  signal = new AbortController().signal,
) => provider(mode, options).start({ signal, onProgress: () => {} });

async function facts(agent: URL): Promise<AgentFacts> {
  return (await (await fetch(agent)).json()) as AgentFacts;
}

const lives = async (pid: number | undefined) => (await identifyProcess(pid ?? 0)) !== null;

/** As proc(5) has it: T is stopped. */
async function stateOf(pid: number): Promise<string | undefined> {
  return /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

describe.runIf(process.platform === 'linux')('local', () => {
  test('the agent knows the screen, its home and its ports, and nothing of our environment that is not harmless', async () => {
    const secrets = {
      OSWORLD_TOKEN: 'secret',
      ARPO_ENV_TOKEN: 'secret',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x',
    };
    await using desktop = await start('obedient', { env: { ...env, ...secrets, TZ: 'Asia/Tokyo' } });
    const agent = await facts(desktop.endpoints.agent);
    expect(agent.env).toMatchObject({ SCREEN_WIDTH: '1280', SCREEN_HEIGHT: '720', TZ: 'Asia/Tokyo' });
    expect(agent.env.HOME).toBe(`${desktops}/${desktop.id}/home`);
    expect(Object.keys(secrets).filter((name) => name in agent.env)).toEqual([]);
    expect(agent.argv.join(' ')).toBe(
      `--sockets ${desktops}/${desktop.id}/sockets --home ${agent.env.HOME} --json`,
    );
  });

  test('a VNC server is asked for when it is wanted', async () => {
    await using desktop = await start('obedient', { vnc: true });
    expect((await facts(desktop.endpoints.agent)).argv).toContain('--vnc-port');
  });

  test('a stop ends what left the process group and forgot its environment, and removes the folder', async () => {
    const desktop = await start('family');
    const { child } = await facts(desktop.endpoints.agent);
    expect(await lives(child)).toBe(true);
    await desktop[Symbol.asyncDispose]();
    expect(await lives(child)).toBe(false);
    expect(await readdir(desktops)).not.toContain(desktop.id);
  });

  test('an agent that refuses is heard: its own error, and nothing is left', async () => {
    await expect(start('refuse')).rejects.toMatchObject({
      code: 'E_PORT_IN_USE',
      message: 'the display is taken',
      fix: 'free it',
    });
    expect(await readdir(desktops)).toEqual([]);
  });

  test('an agent that ends before it listens: how, and its last words', async () => {
    await expect(start('crash')).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringMatching(/ended with exit code 7 .*\nagent in mode crash$/s),
    });
    expect(await readdir(desktops)).toEqual([]);
  });

  test('a start that is cancelled while the agent is silent leaves nothing', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled by the test');
    const starting = provider('mute').start({
      signal: cancel.signal,
      onProgress: () => cancel.abort(reason),
    });
    await expect(starting).rejects.toBe(reason);
    expect(await readdir(desktops)).toEqual([]);
  });

  test('a program that is not there is no mystery', async () => {
    await expect(start('', { guest: ['/nonexistent/agent'] })).rejects.toThrow(/ENOENT/);
    expect(await readdir(desktops)).toEqual([]);
  });

  test('a desktop that ends by itself says so', async () => {
    await using desktop = await start('obedient');
    const gone = once(desktop.gone, 'abort');
    process.kill((await facts(desktop.endpoints.agent)).pid, 'SIGKILL');
    await gone;
    expect(desktop.gone.reason).toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringMatching(
        /^desktop local-\w+ ended by SIGKILL; its last log lines:\nagent in mode/,
      ),
    });
    expect(await desktop.logs(5)).toBe('agent in mode obedient');
  });

  test('without control groups a pause stops every process, and a stop ends them while they are stopped', async () => {
    const none = { v1: new Map<string, string>(), v2: null };
    const desktop = await startDesktop({
      id: 'local-plain',
      desktops,
      guest: [process.execPath, AGENT, 'family'],
      screen: { width: 1280, height: 720 },
      vnc: false,
      memory: 0,
      confinement: await findConfinement({ limits: { ramSize: 2 ** 30, cpuCores: 2 }, env, own: none }),
      env,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    const { pid, child = 0 } = await facts(desktop.endpoints.agent);
    await desktop.pause();
    await eventually(async () => expect([await stateOf(pid), await stateOf(child)]).toEqual(['T', 'T']));
    await desktop.resume();
    expect((await facts(desktop.endpoints.agent)).pid).toBe(pid);
    await desktop.pause();
    await desktop[Symbol.asyncDispose]();
    expect([await lives(pid), await lives(child)]).toEqual([false, false]);
  });

  test('warns once of limits that do not hold', async () => {
    const warnings: string[] = [];
    const one = provider('obedient', { onWarning: (text) => warnings.push(text) });
    const options = { signal: new AbortController().signal, onProgress: () => {} };
    await using _first = await one.start(options);
    await using _second = await one.start(options);
    expect(
      warnings.filter((text) => text.startsWith('desktops run without limits')).length,
    ).toBeLessThanOrEqual(1);
  });
});
