/**
 * The table of set-ups: what a server and its users have configured, and who gets through: the system's `ssh -R`, our own
 * client, and ours by way of the system's ssh. Each row is one real sshd; all three columns are measured.
 */
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { settle } from '../../src/lib/wait.js';
import { parseForward } from '../../src/tunnel/options.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo, startService } from '../tunnel/fixtures.js';
import { KEYS } from './fixtures/ssh-setups/keys.js';
import { LISTENERS } from './fixtures/ssh-setups/listeners.js';
import { REKEY } from './fixtures/ssh-setups/rekey.js';
import type { ClientSide, Column, Outcome, SshSetup } from './fixtures/ssh-setups/setup.js';
import { startTestSshd } from './fixtures/sshd.js';

const SETUPS: readonly SshSetup[] = [...REKEY, ...KEYS, ...LISTENERS];

interface Way {
  host: string;
  configFile: string;
  client: ClientSide;
  /** The local service. */
  port: number;
  use(url: string): Promise<void>;
}

/** Resolves when the forward has been used; rejects with what stood in the way. */
const COLUMNS: Record<Column, (way: Way) => Promise<void>> = {
  ssh: bySsh,
  'built-in': (way) => byTunnel(way, 'ssh2'),
  openssh: (way) => byTunnel(way, 'openssh'),
};

describeWith('sshd', 'a set-up', () => {
  beforeEach(() => void vi.stubEnv('SSH_AUTH_SOCK', ''));
  afterEach(() => void vi.unstubAllEnvs());

  it.each(SETUPS.map((setup) => [setup.title, setup] as const))('%s', async (_title, setup) => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster', await setup.sshd?.(folder));
    await using service = await startService();
    const client = await setup.client(folder, sshd);
    await using _started = { [Symbol.asyncDispose]: async () => client.dispose?.() };
    for (const [name, value] of Object.entries(client.env ?? {})) vi.stubEnv(name, value);
    const lines = ['Host deepx', ...client.config.map((line) => `  ${line}`)];
    const way = {
      host: client.host ?? 'deepx',
      configFile: folder.write('ssh_config', `${lines.join('\n')}\n`),
      client,
      port: service.port,
      use: (url: string) => (setup.use ?? useHealth)(url, sshd),
    };
    const measured: Promise<void>[] = [];
    for (const [column, outcome] of Object.entries(setup.outcome) as [Column, Outcome][]) {
      const one = expectOutcome(column, outcome, way);
      measured.push(one);
      if (setup.oneAtATime) await one;
    }
    await Promise.all(measured);
  });
});

async function expectOutcome(column: Column, outcome: Outcome, way: Way): Promise<void> {
  const failure = await COLUMNS[column](way).then(
    () => null,
    (error) => error,
  );
  if (outcome === 'up') return expect(failure, column).toBeNull();
  expect(failure, column).toMatchObject({
    message: expect.stringMatching(outcome.says),
    // Plain ssh has no such things.
    ...(column !== 'ssh' && outcome.code && { code: outcome.code }),
    ...(column !== 'ssh' && outcome.fix && { fix: expect.stringMatching(outcome.fix) }),
  });
}

async function useHealth(url: string): Promise<void> {
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' });
}

function forwardOf({ listen = '127.0.0.1:0' }: ClientSide, port: number): string {
  return `${listen}:127.0.0.1:${port}`;
}

/** Without a terminal of its own, so that it asks nobody. */
async function bySsh({ host, configFile, client, port, use }: Way): Promise<void> {
  const forward = forwardOf(client, port);
  const remotePort = parseForward(forward).port;
  const child = execa(
    'ssh',
    ['-F', configFile, '-N', '-v', '-o', 'ExitOnForwardFailure=yes', '-R', forward, '--', host],
    { detached: true, stdin: 'ignore', stdout: 'ignore', buffer: false, reject: false },
  );
  const said: string[] = [];
  try {
    const at = await settle<number>({ signals: [deadline()] }, (resolve, reject) => {
      const lines = createInterface({ input: child.stderr });
      lines.on('line', (line) => {
        said.push(line);
        const [, allocated] = /^Allocated port (\d+) for remote forward/.exec(line) ?? [];
        if (allocated !== undefined) resolve(Number(allocated));
        else if (remotePort !== 0 && line.startsWith('debug1: remote forward success for'))
          resolve(remotePort);
      });
      lines.once('close', () => reject(new Error(said.filter((line) => !/^debug/.test(line)).join('\n'))));
    });
    await use(`http://127.0.0.1:${at}`);
  } finally {
    child.kill('SIGKILL');
    await child;
  }
}

/** Once up, it has to stay so. */
async function byTunnel(
  { host, configFile, client, port, use }: Way,
  transport: 'ssh2' | 'openssh',
): Promise<void> {
  await using tunnel = openRecordedTo(
    { host, configFile, transport },
    { port },
    {
      forwards: [parseForward(forwardOf(client, port))],
      maxRetries: 0,
      ...client.options,
    },
  );
  await tunnel.up(deadline());
  const { length } = tunnel.events;
  await use(tunnel.url);
  expect(tunnel.state).toBe('up');
  expect(tunnel.events.slice(length)).toEqual([]);
}
