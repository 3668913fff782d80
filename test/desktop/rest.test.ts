/** When a screen is taken to be at rest, by our agent's word and by comparing pictures. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { untilAtRest } from '../../src/desktop/rest.js';
import { FixtureGuest, fixturePng } from '../support/fixture-guest.js';

const { signal } = new AbortController();
const LIMITS = { limitMs: 20_000, pauseMs: 500, before: null, signal };

it('of an agent that cannot say, two equal pictures are', async () => {
  await using guest = await FixtureGuest.start();
  const labels = ['menu', 'menu opens', 'menu is open', 'menu is open', 'never asked for'];
  const SHOWN = 'menu is open';
  guest.screenshot = () => fixturePng(labels.shift() ?? 'none');
  const agent = new AgentClient(guest.endpoints.agent);
  expect(await untilAtRest(agent, LIMITS)).toEqual(fixturePng(SHOWN));
  expect(labels).toEqual(['never asked for']);
  labels.unshift(...['menu is open', 'menu is open']);
  expect(await untilAtRest(agent, LIMITS)).toEqual(fixturePng(SHOWN));
  const asked = guest.requests.filter((request) => request.startsWith('GET /arpo-env/rest'));
  expect(asked).toHaveLength(1);
});

it('what has not changed yet may still do so until the pause is over', async () => {
  await using guest = await FixtureGuest.start();
  const before = fixturePng('before');
  let shown = before;
  guest.screenshot = () => {
    setTimeout(() => {
      shown = fixturePng('late dialog');
    }, 400);
    return shown;
  };
  const agent = new AgentClient(guest.endpoints.agent);
  expect(await untilAtRest(agent, { ...LIMITS, pauseMs: 1000, before })).toEqual(fixturePng('late dialog'));
  expect(await untilAtRest(agent, { ...LIMITS, pauseMs: 300, before: shown })).toEqual(shown);
});

it('what moves for longer is not waited for', async () => {
  await using guest = await FixtureGuest.start();
  let frame = 0;
  guest.screenshot = () => {
    frame += 1;
    return fixturePng(`frame ${frame}`);
  };
  await untilAtRest(new AgentClient(guest.endpoints.agent), { ...LIMITS, limitMs: 350 });
  expect(frame).toBeGreaterThan(1);
});

it('our agent is asked once, with the limit, and no picture is taken', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new AgentClient(new URL(`http://127.0.0.1:${port}/`));
  expect(await untilAtRest(agent, { ...LIMITS, limitMs: 700 })).toBe(null);
  expect(asked).toEqual(['/arpo-env/rest?limit=700&pause=500']);
  server.close();
});

it('ends with its caller', async () => {
  await using guest = await FixtureGuest.start();
  const leaving = new AbortController();
  guest.screenshot = () => {
    leaving.abort(new Error('enough'));
    return fixturePng('x');
  };
  const agent = new AgentClient(guest.endpoints.agent);
  await expect(untilAtRest(agent, { ...LIMITS, signal: leaving.signal })).rejects.toThrow('enough');
});
