/** The exchanges recorded from the original agent, repeated against ours over a practice desktop. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type PracticeDesktop, startPracticeDesktop } from '../../src/guest/practice/index.js';

interface Exchange {
  request: {
    method: string;
    path: string;
    json?: unknown;
    form?: Record<string, string> | string;
    content_type?: string;
  };
  status: number;
  headers: Record<string, string>;
  body: unknown;
  note?: string;
}

/** Recorded on a machine that is not a simulated one; by the body or path that tells them. */
const NOT_COMPARABLE: readonly (readonly [RegExp, string])[] = [
  [/sys\.stdout\.buffer/, 'runs Python; program-output.test.ts has the error text'],
  [/print\('a/, 'runs Python'],
  [/\$\(\(1\+2\)\)/, 'the practice desktop’s shell has no arithmetic'],
  [/"path":"\.work\/guest\/home"/, 'the recorded home directory held other files'],
  [/"width":1280/, 'the recorded machine had no xrandr'],
];
const RECORDED_HOME = '.work/guest/home';

const exchanges = (
  JSON.parse(
    readFileSync(new URL('../fixtures/guest-transcript.json', import.meta.url), 'utf8'),
  ) as Exchange[]
).map((exchange, index) => ({
  name: `${index} ${exchange.request.method} ${exchange.request.path}`,
  exchange,
}));

function comparable({ exchange }: { exchange: Exchange }): boolean {
  return !NOT_COMPARABLE.some(([pattern]) => pattern.test(JSON.stringify(exchange.request)));
}

describe('the original agent’s transcript', () => {
  let desktop: PracticeDesktop;

  beforeAll(async () => {
    desktop = await startPracticeDesktop();
    await send({
      method: 'POST',
      path: '/execute',
      json: { command: ['python', '-c', 'import pyautogui\npyautogui.moveTo(11, 22)'] },
    });
    return () => desktop[Symbol.asyncDispose]();
  });

  test.each(exchanges.filter(comparable))('$name', async ({ exchange }) => {
    const response = await send(exchange.request);
    const text = await response.text();

    expect(response.status, text).toBe(exchange.status);
    for (const [name, value] of Object.entries(exchange.headers))
      expect(response.headers.get(name)).toBe(value);
    if (response.headers.get('content-type') === 'application/json') {
      expect(matchable(JSON.parse(text), exchange.body)).toEqual(atHome(exchange.body));
    } else if (/html/.test(String(exchange.body).slice(0, 20))) {
      // The recorder kept the first 160 characters of framework pages.
      expect(text.slice(0, String(exchange.body).length)).toBe(exchange.body);
    } else {
      expect(text).toBe(exchange.body);
    }
  });

  test('only exchanges that cannot be compared are left out', () => {
    expect(exchanges.filter((named) => !comparable(named))).toHaveLength(NOT_COMPARABLE.length);
    expect(exchanges).toHaveLength(66);
  });

  function send({ method, path, json, form, content_type: type }: Exchange['request']): Promise<Response> {
    const url = new URL(path, desktop.agent);
    if (json !== undefined) {
      return fetch(url, {
        method,
        body: JSON.stringify(json),
        headers: { 'content-type': 'application/json' },
      });
    }
    if (typeof form === 'string')
      return fetch(url, { method, body: form, headers: { 'content-type': type ?? '' } });
    if (form === undefined) return fetch(url, { method });
    return fetch(url, {
      method,
      body: type === 'multipart/form-data' ? multipart(form) : new URLSearchParams(form),
    });
  }
});

function multipart(form: Record<string, string>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(form)) {
    if (value === '<file>') body.set(name, new Blob(['hello']), 'a.txt');
    else body.set(name, value);
  }
  return body;
}

/** Durations differ from run to run: the recorder wrote `<float>` for them. */
function matchable(actual: unknown, recorded: unknown): unknown {
  if (typeof recorded !== 'object' || recorded === null || Array.isArray(recorded)) return actual;
  const entries = Object.entries(actual as Record<string, unknown>);
  const isFloat = (name: string, value: unknown) =>
    (recorded as Record<string, unknown>)[name] === '<float>' && typeof value === 'number';
  return Object.fromEntries(entries.map(([name, value]) => [name, isFloat(name, value) ? '<float>' : value]));
}

function atHome(recorded: unknown): unknown {
  return JSON.parse(JSON.stringify(recorded).replaceAll(RECORDED_HOME, '/home/user'));
}
