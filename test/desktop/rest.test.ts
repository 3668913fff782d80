/** When a screen is taken to be at rest, by our agent's word and by comparing pictures. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { untilAtRest } from '../../src/desktop/rest.js';
import { FixtureGuest, fixturePng } from '../support/fixture-guest.js';

const { signal } = new AbortController();

it('of an agent that cannot say, two equal pictures are', async () => {
  await using guest = await FixtureGuest.start();
  const labels = ['menu', 'menu opens', 'menu is open', 'menu is open', 'never asked for'];
  guest.screenshot = () => fixturePng(labels.shift() ?? 'none');
  const agent = new AgentClient(guest.endpoints.agent);
  await untilAtRest(agent, 20_000, signal);
  expect(labels).toEqual(['never asked for']);
  await untilAtRest(agent, 20_000, signal);
  const asked = guest.requests.filter((request) => request.startsWith('GET /arpo-env/rest'));
  expect(asked).toHaveLength(1);
});

it('what moves for longer is not waited for', async () => {
  await using guest = await FixtureGuest.start();
  let frame = 0;
  guest.screenshot = () => {
    frame += 1;
    return fixturePng(`frame ${frame}`);
  };
  await untilAtRest(new AgentClient(guest.endpoints.agent), 250, signal);
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
  await untilAtRest(new AgentClient(new URL(`http://127.0.0.1:${port}/`)), 700, signal);
  expect(asked).toEqual(['/arpo-env/rest?limit=700']);
  server.close();
});

it('ends with its caller', async () => {
  await using guest = await FixtureGuest.start();
  const leaving = new AbortController();
  guest.screenshot = () => {
    leaving.abort(new Error('enough'));
    return fixturePng('x');
  };
  await expect(untilAtRest(new AgentClient(guest.endpoints.agent), 20_000, leaving.signal)).rejects.toThrow(
    'enough',
  );
});
