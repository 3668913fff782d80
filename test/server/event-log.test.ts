/** At which level a person reads how an operation went. */
import type { FastifyBaseLogger } from 'fastify';
import { expect, test, vi } from 'vitest';
import { ArpoEnvError, type ErrorCode } from '../../src/errors.js';
import { logEvent } from '../../src/server/event-log.js';

test.each<[ErrorCode, string, string]>([
  ['E_INTERRUPTED', 'info', 'reset interrupted'],
  ['E_BOOT_FAILED', 'warn', 'reset failed'],
])('%s of a reset is logged as %s: %s', (code, level, text) => {
  const log = { info: vi.fn(), warn: vi.fn() };
  const error = new ArpoEnvError({ code, message: 'it ended', fix: 'send it again' });
  logEvent(log as unknown as FastifyBaseLogger, {
    ...{ type: 'operation', operation: 'reset', outcome: code, durationMs: 12.3, error, env: 0 },
  });
  expect({ info: log.info.mock.calls, warn: log.warn.mock.calls }).toEqual({
    ...{ info: [], warn: [] },
    [level]: [[{ env: 0, durationMs: 12, ...error.toJSON() }, text]],
  });
});

test('the last attempt is not said twice', () => {
  const log = { debug: vi.fn(), warn: vi.fn() };
  const error = new ArpoEnvError({ code: 'E_SETUP_FAILED', message: 'no such host', fix: 'check it' });
  const attempt = { type: 'reset-attempt-failed', attempts: 3, error, env: 0 } as const;
  for (const isLast of [false, true])
    logEvent(log as unknown as FastifyBaseLogger, { ...attempt, attempt: isLast ? 2 : 1, isLast });
  expect(log.warn.mock.calls).toEqual([[{ env: 0, ...error.toJSON() }, 'attempt 1 of 3 to reset failed']]);
  expect(log.debug.mock.calls).toEqual([[{ env: 0 }, 'attempt 2 of 3 to reset failed']]);
});

test('a boot whose Chrome CDP does not answer says so', () => {
  const log = { info: vi.fn() };
  const ready = { type: 'boot', outcome: 'ready', durationMs: 60_000, desktop: 'a' } as const;
  for (const chromeCdp of [true, false])
    logEvent(log as unknown as FastifyBaseLogger, { ...ready, chromeCdp });
  expect(log.info.mock.calls.map(([, text]) => text)).toEqual([
    'boot: ready',
    'boot: ready, without Chrome CDP',
  ]);
});
