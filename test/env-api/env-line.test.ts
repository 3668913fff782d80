import { expect, it } from 'vitest';
import { envLine } from '../../src/env-api/env-line.js';
import type { EnvSummary } from '../../src/env-api/schemas.js';

const READY: EnvSummary = {
  env: 1,
  base_url: '/envs/1',
  state: 'ready',
  task: 'a',
  steps: 1,
  watch: null,
  failure: null,
};
const BOOT = { code: 'E_BOOT_FAILED', message: 'no qcow2', fix: 'get one' };

it.each<[string, Partial<EnvSummary>, string | null]>([
  ['ready', {}, '● http://127.0.0.1:1/envs/1 ready · task a · 1 step'],
  ['before a task', { state: 'booting', task: null, steps: 0 }, '● http://127.0.0.1:1/envs/1 booting'],
  [
    'to be watched',
    { steps: 2, watch: 'http://127.0.0.1:2/' },
    '● http://127.0.0.1:1/envs/1 ready · task a · 2 steps · watch it at http://127.0.0.1:2/',
  ],
  ['failed', { state: 'failed', failure: BOOT }, '✗ http://127.0.0.1:1/envs/1 failed: no qcow2\n→ get one'],
  ['idle', { state: 'idle', task: null }, null],
  [
    'of an OpenEnv client',
    { state: 'idle', task: null, held_by: 'openenv' },
    '● http://127.0.0.1:1/envs/1 idle · held by an OpenEnv session',
  ],
])('%s', (_name, found, line) => {
  expect(envLine('http://127.0.0.1:1/', { ...READY, ...found })).toBe(line);
});
