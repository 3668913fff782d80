import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { bootBudget, reachLines, startupLines } from '../../src/server/startup.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

function load(flags: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  using folder = new TemporaryFolder();
  return loadConfig({ cwd: folder.path, env, flags });
}

const KVM = { found: true, reason: 'usable' };
const NO_KVM = { found: false, reason: 'there is no /dev/kvm' };

test.each([
  ['docker', KVM, 300_000, 'KVM'],
  ['docker', NO_KVM, 3_600_000, 'software emulation, without KVM'],
  ['auto', NO_KVM, 3_600_000, 'software emulation, without KVM'],
  ['remote', KVM, 3_600_000, 'whether the pool has KVM cannot be seen from here'],
  ['aws', NO_KVM, 300_000, 'provider aws does not depend on KVM'],
] as const)('the budget of %s with %j', async (provider, kvm, milliseconds, why) => {
  expect(bootBudget(await load(), provider, kvm)).toEqual({ milliseconds, why, isFixed: false });
});

test('a budget that somebody set wins, and says who', async () => {
  const loaded = await load({}, { DOCKER_VM_READY_TIMEOUT: '1200' });
  expect(bootBudget(loaded, 'docker', NO_KVM)).toEqual({
    milliseconds: 1_200_000,
    why: 'env DOCKER_VM_READY_TIMEOUT',
    isFixed: true,
  });
});

test('the first lines of the log', async () => {
  const budget = { milliseconds: 3_600_000, why: 'software emulation, without KVM', isFixed: false };
  expect(startupLines(await load({ server: { envs: 4 } }), 'docker', NO_KVM, budget)).toEqual([
    'Startup: PROVIDER=docker, envs=4, standby=0, dialect=uitars, pace=reference, maxSteps=16',
    '⚠ KVM not found: there is no /dev/kvm',
    'Boot budget: 1 h 00 min (software emulation, without KVM)',
    'Coordinates: pixels of the resized screenshot (server.model unset: as ui-tars-1.5)',
  ]);
});

test('coordinates that the model itself does not give are told apart', async () => {
  const line = async (server: ConfigInput['server']) =>
    startupLines(await load({ server }), 'sim', NO_KVM, { milliseconds: 1, why: '', isFixed: false })[3];
  const model = 'UI-TARS-1.5-7B';
  expect(await line({ model })).toBe(
    'Coordinates: pixels of the resized screenshot (server.model ui-tars-1.5)',
  );
  expect(await line({ model, coordinates: 'absolute' })).toBe(
    'Coordinates: pixels of the resized screenshot (server.coordinates)',
  );
  expect(await line({ model, coordinates: 'relative' })).toBe(
    'Coordinates: thousandths of the screen (server.coordinates; ui-tars-1.5 itself gives pixels of the resized screenshot)',
  );
});

test('how to reach it: one URL for one env, a path for each of several, a place for the token', () => {
  const one = { url: new URL('http://127.0.0.1:18082'), host: '127.0.0.1', envs: 1, needsToken: false };
  expect(reachLines(one).slice(0, 2)).toEqual([
    'docs     http://127.0.0.1:18082/docs',
    'trainer  env.remote_server_url: "http://127.0.0.1:18082"',
  ]);
  const four = reachLines({ ...one, envs: 4, needsToken: true });
  expect(four[1]).toBe(
    'trainer  env.remote_server_url: "http://arpo:TOKEN@127.0.0.1:18082" (worker k: /envs/k, k from 0 to 3)',
  );
});
