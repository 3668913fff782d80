import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { EnvClient, type EnvClientOptions, lastImage } from '../../src/env-api/client.js';
import { isLost } from '../../src/env-api/errors.js';
import { listenOn } from '../../src/http/listen.js';
import { fixturePng } from '../support/fixture-guest.js';
import { gate } from '../support/fixture-provider.js';
import { CALL_USER, CLICK, INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

function clientOf(url: URL, options: Partial<EnvClientOptions> = {}): EnvClient {
  return new EnvClient(url, { signal: new AbortController().signal, ...options });
}

test('an episode: ready, its messages, its end, its reward', async () => {
  await using it = await startTestServer({ envs: 2 });
  const env = clientOf(new URL('/envs/1/', it.server.url));
  await expect(env.ready()).rejects.toMatchObject({ code: 'E_NOT_READY', fix: expect.any(String) });
  const begun = await env.reset(INFEASIBLE_TASK);
  expect(begun).toMatchObject({ status: 200, isDone: false, formatReward: 0 });
  expect(lastImage(begun.messages ?? [])).toEqual(fixturePng('screen 0'));
  expect(await env.ready()).toMatchObject({ env: 1, state: 'ready' });
  expect((await clientOf(it.server.url).envs()).map(({ state }) => state)).toEqual(['idle', 'ready']);
  expect((await env.step(CLICK)).messages).toHaveLength(5);
  expect(await env.history()).toHaveLength(5);
  expect(await env.step(CALL_USER)).toMatchObject({ messages: null, isDone: true });
  expect((await env.evaluate()).reward).toBe(1);
});

test('a call repeated with its key acts once', async () => {
  await using it = await startTestServer();
  const env = clientOf(it.server.url);
  await env.reset(INFEASIBLE_TASK);
  const options = { idempotencyKey: 'once' };
  await env.step(CLICK, options);
  await env.step(CLICK, options);
  expect(await env.health()).toMatchObject({ health: { steps: 1 } });
});

test('the token goes as Bearer, or as the URL has it', async () => {
  await using it = await startTestServer({ token: 'secret' });
  const { url } = it.server;
  const withUser = new URL(url);
  withUser.username = 'arpo';
  withUser.password = 'secret';
  expect(await clientOf(url).health()).toEqual({ kind: 'locked' });
  expect(await clientOf(url, { token: 'secret' }).health()).toMatchObject({ kind: 'native' });
  expect(await clientOf(withUser).health()).toMatchObject({ kind: 'native' });
  await expect(clientOf(url).evaluate()).rejects.toMatchObject({ code: 'E_UNAUTHORIZED' });
});

test('a deadline and a signal end the call, not the boot', async () => {
  await using it = await startTestServer();
  const { passed, open } = gate();
  it.provider.onStart = () => passed;
  const env = clientOf(it.server.url);
  const late = env.reset(INFEASIBLE_TASK, { deadlineMs: 50 });
  await expect(late).rejects.toSatisfy(isLost);
  const abort = new AbortController();
  const aborted = env.reset(INFEASIBLE_TASK, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  open();
  expect(await env.reset(INFEASIBLE_TASK)).toMatchObject({ status: 200 });
  expect(it.provider.starts).toBe(1);
});

test('nobody there is told from somebody else there', async () => {
  const server = createServer((_request, response) => response.end('<html>'));
  const listening = await listenOn(server, { host: '127.0.0.1', port: 0 });
  const env = clientOf(new URL(`http://arpo:secret@127.0.0.1:${listening.port}`));
  expect(await env.answers('docs')).toBe(true);
  expect(await env.health()).toEqual({ kind: 'other' });
  const foreign = await env.evaluate().catch((error: unknown) => error);
  expect(foreign).toMatchObject({
    code: 'E_SERVER_UNREACHABLE',
    message: expect.not.stringContaining('secret'),
  });
  expect(isLost(foreign)).toBe(false);
  await listening[Symbol.asyncDispose]();
  expect(await env.answers('docs')).toBe(false);
  expect(await env.health()).toMatchObject({
    kind: 'silent',
    reason: expect.stringContaining('ECONNREFUSED'),
  });
  expect(await env.envs()).toEqual([]);
  await expect(env.evaluate()).rejects.toSatisfy(isLost);
});
