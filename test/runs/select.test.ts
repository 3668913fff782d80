import { expect, test } from 'vitest';
import type { Run } from '../../src/runs/run.js';
import { parseSelector, requireOne, selectRuns } from '../../src/runs/select.js';

const common = { startedAt: '2026-11-21T11:00:00.000Z', logFile: null, version: '0.0.0' };

function server(pid: number, url: string): Run {
  return { ...common, kind: 'server', process: { pid, startTime: '1' }, url, provider: 'sim', envs: 1 };
}

function tunnel(pid: number, host: string, port = 15001): Run {
  const url = `http://127.0.0.1:${port}, http://127.0.0.1:${port + 1} on ${host}`;
  return { ...common, kind: 'tunnel', process: { pid, startTime: '1' }, url, host };
}

const RUNS = [
  server(101, 'http://127.0.0.1:18082'),
  server(102, 'http://127.0.0.1:18083'),
  tunnel(201, 'deepx'),
  tunnel(202, 'user@cluster.example:2222', 102),
];

function meant(...words: string[]): number[] {
  return selectRuns(RUNS, parseSelector(words)).map(({ process }) => process.pid);
}

test.each([
  [[], [101, 102, 201, 202]],
  [['server'], [101, 102]],
  [['server', '18083'], [102]],
  [['http://127.0.0.1:18083'], [102]],
  [['http://127.0.0.1:18083/'], [102]],
  [['127.0.0.1:18083'], [102]],
  [['tunnel', 'deepx'], [201]],
  [['deepx'], [201]],
  [['15002'], [201]],
  [['cluster.example:2222'], [202]],
  [['user@cluster.example:2222'], [202]],
  [['201'], [201]],
])('%j means %j', (words, pids) => expect(meant(...words)).toEqual(pids));

test('a pid wins over a port of the same digits, so that each run can be named', () => {
  expect(meant('102')).toEqual([102]);
  expect(meant('tunnel', '102')).toEqual([202]);
});

test('`all` is a word for every run only where it is offered', () => {
  expect(parseSelector(['all'], 'all')).toEqual({ kind: undefined, name: undefined });
  expect(parseSelector(['all'])).toEqual({ kind: undefined, name: 'all' });
});

test.each([
  [['serve'], 'serve: not one of server, tunnel', 'did you mean server?'],
  [
    ['desktop'],
    'desktop: not one of server, tunnel, nor the pid, port, URL or host of what runs here',
    'arpo-env status lists what runs',
  ],
  [['tunnel', '101'], 'no tunnel 101 runs here', 'arpo-env status lists what runs, with pid and URL'],
  [['server', '1', '2'], '1 2: more than one name', 'name one run: its pid, port, URL or host'],
  [['serve', '1'], 'serve: not one of server, tunnel', 'did you mean server?'],
])('%j is wrong usage', (words, message, fix) => {
  expect(() => meant(...words)).toThrow(expect.objectContaining({ code: 'E_USAGE', message, fix }));
});

test('several are listed with the command that names each one', () => {
  const selector = { kind: 'server', name: undefined } as const;
  expect(() => requireOne(selectRuns(RUNS, selector), selector, 'logs')).toThrow(
    expect.objectContaining({
      code: 'E_USAGE',
      message:
        '2 servers run here:\n' +
        '  server pid 101 (http://127.0.0.1:18082): arpo-env logs server 101\n' +
        '  server pid 102 (http://127.0.0.1:18083): arpo-env logs server 102',
      fix: 'say which: arpo-env logs server 101',
    }),
  );
  const two = [tunnel(201, 'deepx'), tunnel(202, 'deepx', 15003)];
  expect(() => requireOne(two, { kind: undefined, name: 'deepx' }, 'stop')).toThrow(
    /^2 runs match deepx:\n.* arpo-env stop tunnel 201\n.* arpo-env stop tunnel 202$/,
  );
});
