/** Nothing of a server with local desktops outlives it, however it ends and whatever it is doing then. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { describe, expect, it } from 'vitest';
import { sendSignal } from '../../src/host/process.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { Foreground, type How } from '../support/foreground.js';

const TASK = { id: 'kill', instruction: 'Nothing.', config: [], evaluator: { func: 'infeasible' } };
const SERVE = ['serve', '--provider', 'local', '--port', '0', '--prewarm', '--standby', '1', '--json'];
const UNCONFINED = { ARPO_ENV_PROVIDERS_LOCAL_CONFINE: 'off' };
const isRoot = process.getuid?.() === 0;
/** So soon nothing may be left. Where several processes wait for each core, all takes as many times longer. */
const limitMs = () => 5000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** Resolves when it has come that far. */
type Moment = (server: Foreground) => Promise<unknown>;

const MOMENTS = {
  'the sandbox is being made': ({ pid, traces }) => traces.noteUntil(pid, 'bwrap'),
  'its network starts': ({ pid, traces }) => traces.noteUntil(pid, 'slirp4netns'),
  'Xvfb starts': ({ pid, traces }) => traces.noteUntil(pid, 'Xvfb'),
  'it is idle': (server) => server.ready(),
  'the desktop is paused': async (server) => (await server.ready()).reset(TASK),
  'a step is under way': async (server) => {
    const client = await server.ready();
    await client.reset(TASK);
    client.step('Action: wait()').catch(() => undefined);
    await client.health();
  },
  'a reset is under way': async (server) => {
    await (await server.ready()).reset(TASK);
    const client = await server.ready();
    client.reset(TASK).catch(() => undefined);
    await client.health();
  },
  'it is stopping': async (server) => {
    const client = await server.ready();
    sendSignal(server.pid, 'SIGTERM');
    await eventually(async () => expect(await client.answers('health')).toBe(false));
  },
} satisfies Record<string, Moment>;

const ENDS = {
  'kill -9': ({ pid }) => void sendSignal(pid, 'SIGKILL'),
  'kill -9 of its process group': ({ pid }) => void sendSignal(-pid, 'SIGKILL'),
  'kill -STOP, then -9': ({ pid }) => {
    sendSignal(pid, 'SIGSTOP');
    sendSignal(pid, 'SIGKILL');
  },
  'SIGTERM, twice': async ({ pid, cli }) => {
    sendSignal(pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 20));
    sendSignal(pid, 'SIGTERM');
    expect((await cli.waitForExit()).exitCode).toBe(130);
  },
  'SIGHUP, when its terminal is closed': async ({ pid, cli }) => {
    sendSignal(pid, 'SIGHUP');
    expect((await cli.waitForExit()).exitCode).toBe(130);
  },
} satisfies Record<string, (server: Foreground) => unknown>;

interface Row extends How {
  moment: keyof typeof MOMENTS;
  end?: keyof typeof ENDS;
}

const ROWS: Row[] = [
  ...(Object.keys(MOMENTS) as Row['moment'][]).map((moment) => ({ moment })),
  { moment: 'it is idle', end: 'kill -9 of its process group' },
  { moment: 'the desktop is paused', end: 'kill -STOP, then -9' },
  { moment: 'a step is under way', end: 'SIGTERM, twice' },
  { moment: 'Xvfb starts', end: 'SIGTERM, twice' },
  { moment: 'the desktop is paused', end: 'SIGHUP, when its terminal is closed' },
  { moment: 'Xvfb starts', env: UNCONFINED },
  { moment: 'the desktop is paused', env: UNCONFINED },
];
/** These need root's rights to be played. */
const ROOTS_ROWS: Row[] = [
  { moment: 'its network starts', user: 'ordinary' },
  { moment: 'the desktop is paused', user: 'ordinary' },
  { moment: 'a reset is under way', user: 'ordinary' },
  { moment: 'the desktop is paused', user: 'ordinary', env: UNCONFINED },
  { moment: 'the desktop is paused', hidden: 'version 2' },
  { moment: 'the desktop is paused', hidden: 'all' },
  { moment: 'the desktop is paused', hidden: 'all', env: UNCONFINED },
];

const GUESTS: [keyof typeof ENDS, ...string[]][] = [
  ['kill -9'],
  ['kill -9', '--unconfined'],
  ['kill -STOP, then -9'],
  ['SIGHUP, when its terminal is closed'],
];

const nameOf = ({ moment, end = 'kill -9', user, hidden, env }: Row) =>
  [
    `${end} while ${moment}`,
    ...(user ? [`as an ${user} user`] : []),
    ...(hidden ? [`without control groups (${hidden})`] : []),
    ...(env ? ['without a sandbox'] : []),
  ].join(', ');

async function gone({ traces, cli }: Foreground): Promise<void> {
  await cli.waitForExit();
  await eventually(async () => expect(await traces.left()).toEqual([]), limitMs());
}

describeWith('Xvfb', 'a server with local desktops leaves nothing', () => {
  for (const { moment, end = 'kill -9', ...how } of [...ROWS, ...(isRoot ? ROOTS_ROWS : [])]) {
    it(nameOf({ moment, end, ...how }), async () => {
      await using server = new Foreground(SERVE, how);
      await MOMENTS[moment](server);
      await server.traces.note(server.pid);
      await ENDS[end](server);
      await gone(server);
    });
  }
});

describeWith('Xvfb', 'what another user laid among the locks of X servers', () => {
  it('keeps nothing from being removed', async () => {
    await using server = new Foreground(SERVE, { env: UNCONFINED });
    const locks = ['pipe', 'endless'].map((name) => `/tmp/.X${name}${process.pid}-lock`) as [string, string];
    execFileSync('mkfifo', [locks[0]]);
    execFileSync('truncate', ['-s', '1T', locks[1]]);
    try {
      await MOMENTS['it is idle'](server);
      await server.traces.note(server.pid);
      await ENDS['kill -9'](server);
      await gone(server);
    } finally {
      for (const lock of locks) rmSync(lock);
    }
  });
});

describeWith('Xvfb', 'what a server left whose helpers were killed too', () => {
  /** The desktop's control group, if there are any, and its folder are still there. */
  async function killAll(server: Foreground, end: 'SIGKILL' | 'SIGSTOP'): Promise<number> {
    await server.ready();
    const reaper = await server.traces.noteUntil(server.pid, 'arpo-env-reaper');
    sendSignal(reaper, end);
    sendSignal(server.pid, 'SIGKILL');
    await server.cli.waitForExit();
    return reaper;
  }
  const statusOf = async (server: Foreground) => {
    const { exitCode, stdout } = await server.run('status', '--json');
    return { exitCode, ...(JSON.parse(stdout) as { leftDesktops: object[] }) };
  };

  it('is told by status, and removed by stop', async () => {
    await using server = new Foreground([...SERVE, '--envs', '1']);
    await killAll(server, 'SIGKILL');
    expect(await statusOf(server)).toMatchObject({
      exitCode: 3,
      leftDesktops: [{ provider: 'local', server: server.pid, isBeingRemoved: false }],
    });
    const stop = await server.run('stop');
    expect([stop.exitCode, stop.stderr]).toEqual([
      0,
      expect.stringMatching(/desktop local-\w+, left by a dead server \(pid \d+\): removed/),
    ]);
    await gone(server);
    expect(await statusOf(server)).toMatchObject({ exitCode: 0, leftDesktops: [] });
  });

  it('is removed by the next server, whatever its provider', async () => {
    await using server = new Foreground(SERVE);
    await killAll(server, 'SIGKILL');
    const next = await server.start('serve', '--provider', 'sim', '--port', '0', '--json');
    await next.readUntil(/desktop local-\w+, left by a dead server \(pid \d+\), is removed/, 'stderr');
    next.child.kill('SIGTERM');
    expect((await next.waitForExit()).exitCode).toBe(130);
    await gone(server);
  });

  it('is told to be on its way out while that is so', async () => {
    await using server = new Foreground(SERVE);
    const reaper = await killAll(server, 'SIGSTOP');
    expect(await statusOf(server)).toMatchObject({ exitCode: 3, leftDesktops: [{ isBeingRemoved: true }] });
    sendSignal(reaper, 'SIGCONT');
    await gone(server);
    expect(await statusOf(server)).toMatchObject({ exitCode: 0, leftDesktops: [] });
  });
});

describe('others leave nothing after kill -9 either', () => {
  it('a server in the background, with practice desktops', async () => {
    await using starter = new Foreground(['serve', '--detach', '--provider', 'sim', '--port', '0', '--json']);
    const { stdout } = await starter.cli.waitForExit();
    const { pid } = JSON.parse(stdout) as { pid: number };
    await starter.traces.note(pid);
    sendSignal(pid, 'SIGKILL');
    await gone(starter);
    const status = await starter.run('status');
    expect([status.exitCode, status.stderr]).toEqual([0, expect.stringMatching(/forgot server pid \d+/)]);
  });
});

describeWith('Xvfb', 'a desktop by itself leaves nothing', () => {
  for (const [end, ...flags] of GUESTS) {
    it([end, ...flags].join(' '), async () => {
      const ports = ['--port', '0', '--cdp-port', '0', '--watch-port', '0'];
      await using guest = new Foreground(['guest', '--screen', 'x11', ...ports, ...flags, '--json']);
      await guest.listening();
      await guest.traces.note(guest.pid);
      await ENDS[end](guest);
      await gone(guest);
    });
  }
});

const canUseKvm = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
  () => true,
  () => false,
);
describeWith('qemu-system-x86_64', 'the look whether KVM works leaves nothing', () => {
  it.skipIf(!canUseKvm)('after kill -9', async () => {
    await using server = new Foreground(['serve', '--provider', 'docker', '--port', '0', '--json']);
    await server.traces.noteUntil(server.pid, 'qemu-system-x86_64');
    await ENDS['kill -9'](server);
    await gone(server);
  });
});
