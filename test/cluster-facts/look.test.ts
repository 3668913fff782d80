import { expect, it } from 'vitest';
import { type ClusterRoute, lookAtCluster } from '../../src/cluster-facts/look.js';
import type { Argv, RunResult } from '../../src/host/host.js';

const QUESTIONS = {
  url: new URL('http://127.0.0.1:15001'),
  port: 15_001,
  rayPort: 2468,
  repo: '',
  trainingConfig: 'configs/a.yaml',
  condaEnv: 'arpo',
};
const ROUTE: ClusterRoute = {
  destination: { host: 'user@deepx', port: 2222, identityFiles: ['/key'] },
  acceptNew: false,
  ownForwards: false,
};
const FACTS = 'time=1000\nhost=head-1\nend=yes';

async function look(result: Partial<RunResult>, route: ClusterRoute | null = ROUTE, now = 1_000_500) {
  const seen: Argv[] = [];
  const machine = {
    now: () => now,
    run: async (argv: Argv) => {
      seen.push(argv);
      return { exitCode: 0, stdout: '', stderr: '', ...result };
    },
  };
  const { signal } = new AbortController();
  return { argv: seen, outcome: await lookAtCluster({ questions: QUESTIONS, machine, route, signal }) };
}

it('asks over one connection that asks nobody, and learns whether forwards are allowed', async () => {
  const stderr = 'Allocated port 40123 for remote forward to 127.0.0.1:9';
  const { argv, outcome } = await look({ stdout: FACTS, stderr });
  expect(outcome).toMatchObject({ kind: 'facts', forwarding: 'allowed', clockAhead: 0 });
  expect(argv).toHaveLength(1);
  const line = argv[0]?.join(' ');
  expect(line).toMatch(/^ssh .*-- .*deepx env LC_ALL=C sh -s$/);
  for (const part of ['-T', 'BatchMode=yes', '/key', '2222', '-R 127.0.0.1:0:']) expect(line).toContain(part);
});

it('opens no forward beside those of an alias', async () => {
  const { argv, outcome } = await look({ stdout: FACTS }, { ...ROUTE, ownForwards: true });
  expect(outcome).toMatchObject({ kind: 'facts', forwarding: null });
  expect(argv[0]).toContain('ClearAllForwardings=yes');
  expect(argv[0]).not.toContain('-R');
});

it('asks this machine when it is the cluster', async () => {
  const { argv, outcome } = await look({ stdout: FACTS }, null, 900_000);
  expect(argv).toEqual([['sh', '-s']]);
  expect(outcome).toMatchObject({ kind: 'facts', forwarding: null, clockAhead: 100 });
});

it.each([
  ['ssh: Could not resolve hostname deepx: Name or service not known', 'name'],
  ['Host key verification failed.', 'host-key'],
  ['user@deepx: Permission denied (publickey).', 'auth'],
  ['ssh: connect to host deepx port 22: Connection refused', 'tcp'],
  ['Connection closed by 192.0.2.1 port 22', 'banner'],
])('says at which point ssh gave up: %s', async (stderr, stage) => {
  const { outcome } = await look({ exitCode: 255, stderr });
  expect(outcome).toEqual({ kind: 'failed', stage, words: stderr });
});

it('says that there was no result in time', async () => {
  const { outcome } = await look({ exitCode: null });
  expect(outcome).toMatchObject({ kind: 'failed', stage: 'session', words: 'no result within 15 s' });
});
