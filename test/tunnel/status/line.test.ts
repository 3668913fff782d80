import { expect, test } from 'vitest';
import type { TunnelEvent, TunnelStatus } from '../../../src/tunnel/state.js';
import { eventLine, logLine } from '../../../src/tunnel/status/event-line.js';
import { statusLine } from '../../../src/tunnel/status/line.js';

const AT = '2026-01-02T03:04:05.000Z';
const now = Date.parse(AT);
const clock = new Date(AT).toTimeString().slice(0, 8);

const up: TunnelStatus = {
  host: 'deepx',
  state: 'up',
  reason: 'probe-ok',
  message: 'deepx 127.0.0.1:15001 → 127.0.0.1:18082',
  since: AT,
  upSince: AT,
  forwards: [{ url: 'http://127.0.0.1:15001', local: '127.0.0.1:18082' }],
  lastInterruption: null,
  problem: null,
  notice: null,
  stats: {
    connections: 9,
    open: 1,
    requests: 7,
    refused: 0,
    rejected: 0,
    bytesIn: 4200,
    bytesOut: 1_300_000,
    reconnects: 0,
    downtimeMs: 0,
    rttMs: 12.4,
  },
};

test('a tunnel that is up', () => {
  expect(statusLine(up, now + 7_800_000)).toBe(
    '● up deepx 127.0.0.1:15001 → 127.0.0.1:18082 · up 2 h 10 min · rtt 12 ms · 7 requests · 4.2 kB in, 1.3 MB out · 0 reconnects',
  );
});

test('one that waits says for how long and why, and what ended it the last time', () => {
  const waiting: TunnelStatus = {
    ...up,
    state: 'waiting',
    message: 'nothing listens on deepx:22',
    upSince: null,
    stats: { ...up.stats, reconnects: 2 },
    lastInterruption: { at: AT, reason: 'silent', message: 'nothing was heard' },
  };
  expect(statusLine(waiting, now + 7000)).toBe(
    `● waiting deepx for 7 s: nothing listens on deepx:22 · 7 requests · 4.2 kB in, 1.3 MB out · 2 reconnects · last: silent ${clock}`,
  );
});

const event: TunnelEvent = {
  at: AT,
  state: 'waiting',
  previous: 'up',
  reason: 'connection-lost',
  message: 'the server closed the connection',
  reconnects: 0,
  retryInMs: 0,
};

test.each([
  [event, 'waiting: the server closed the connection (trying again at once)'],
  [{ ...event, retryInMs: 4000 }, 'waiting: the server closed the connection (next attempt within 4.0 s)'],
  [
    { ...event, state: 'up' as const, message: 'a → b', downtimeMs: 210 },
    'up: a → b (again, after 210 ms without service)',
  ],
  [{ ...event, state: 'connecting' as const, message: 'looking for deepx' }, 'connecting: looking for deepx'],
])('an event as a line %#', (one, line) => {
  expect(eventLine(one)).toBe(`${clock} ${line}`);
  expect(logLine(JSON.stringify(one))).toBe(`${clock} ${line}`);
});

test('what is not an event stands in the log as it is', () => {
  expect(logLine('{"error":{}}')).toBe('{"error":{}}');
  expect(logLine('Segmentation fault')).toBe('Segmentation fault');
});
