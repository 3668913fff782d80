/**
 * The table of set-ups: what a server and its users have configured, and who gets through: the system's `ssh -R`, our own
 * client, and ours by way of the system's ssh. Each row is one real sshd; all three columns are measured.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { ADDRESSES } from './fixtures/ssh-setups/addresses.js';
import { ALGORITHMS } from './fixtures/ssh-setups/algorithms.js';
import { measure, startPlace } from './fixtures/ssh-setups/columns.js';
import { CONFIG } from './fixtures/ssh-setups/config.js';
import { FORCED } from './fixtures/ssh-setups/forced.js';
import { KEY_FILES } from './fixtures/ssh-setups/key-files.js';
import { KEYS } from './fixtures/ssh-setups/keys.js';
import { LISTENERS } from './fixtures/ssh-setups/listeners.js';
import { LOGINS } from './fixtures/ssh-setups/logins.js';
import { NAMES } from './fixtures/ssh-setups/names.js';
import { REFUSALS } from './fixtures/ssh-setups/refusals.js';
import { REKEY } from './fixtures/ssh-setups/rekey.js';
import { RSA } from './fixtures/ssh-setups/rsa.js';
import type { Column, Outcome, SshSetup } from './fixtures/ssh-setups/setup.js';
import { SLOW } from './fixtures/ssh-setups/slow.js';
import { TRUST } from './fixtures/ssh-setups/trust.js';
import { USERS } from './fixtures/ssh-setups/users.js';
import { startTestSshd } from './fixtures/sshd.js';

const SETUPS: readonly SshSetup[] = [
  ...REKEY,
  ...KEYS,
  ...LISTENERS,
  ...ADDRESSES,
  ...CONFIG,
  ...KEY_FILES,
  ...ALGORITHMS,
  ...USERS,
  ...LOGINS,
  ...SLOW,
  ...RSA,
  ...TRUST,
  ...NAMES,
  ...REFUSALS,
  ...FORCED,
];

describeWith('sshd', 'a set-up', () => {
  beforeEach(() => void vi.stubEnv('SSH_AUTH_SOCK', ''));
  afterEach(() => void vi.unstubAllEnvs());

  const isRoot = process.getuid?.() === 0;
  const possible = SETUPS.filter(({ network }) => network === undefined || isRoot);
  it.each(possible.map((setup) => [setup.title, setup] as const))('%s', async (_title, setup) => {
    using folder = new TemporaryFolder();
    await using place = await startPlace(folder, setup);
    await using sshd = await startTestSshd(folder, 'cluster', await setup.sshd?.(folder), place.inside);
    const client = await setup.client(folder, sshd);
    await using _started = { [Symbol.asyncDispose]: async () => client.dispose?.() };
    for (const [name, value] of Object.entries(client.env ?? {})) vi.stubEnv(name, value);
    const lines = ['Host deepx', ...client.config.map((line) => `  ${line}`)];
    const configFile = folder.write('ssh_config', `${lines.join('\n')}\n`);
    const expectOutcome = async (column: Column, outcome: Outcome) => {
      const failure = await measure(column, {
        ...place,
        configFile,
        client,
        use: (url) => setup.use?.(url, sshd),
      });
      if (outcome === 'up') return expect(failure, column).toBeNull();
      expect(failure, column).toMatchObject({
        message: expect.stringMatching(outcome.says),
        // Plain ssh has no such things.
        ...(column !== 'ssh' && outcome.code && { code: outcome.code }),
        ...(column !== 'ssh' && outcome.fix && { fix: expect.stringMatching(outcome.fix) }),
      });
    };
    const measured: Promise<void>[] = [];
    for (const [column, outcome] of Object.entries(setup.outcome) as [Column, Outcome][]) {
      const one = expectOutcome(column, outcome);
      measured.push(one);
      if (setup.oneAtATime) await one;
    }
    await Promise.all(measured);
  });
});
