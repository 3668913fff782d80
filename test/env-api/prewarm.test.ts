import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type PrewarmOptions, prewarm } from '../../src/env-api/prewarm.js';
import { ArpoEnvError } from '../../src/errors.js';
import { eventually } from '../support/eventually.js';
import { fixturePng } from '../support/fixture-guest.js';
import { gate } from '../support/fixture-provider.js';
import { taskNamed } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

function run(url: URL, changes: Partial<PrewarmOptions> = {}) {
  const { signal } = new AbortController();
  return prewarm({ url, token: undefined, signal, onProgress: () => undefined, ...changes });
}

test('an idle env is reset once, and its screenshot comes back untouched', async () => {
  await using running = await startTestServer({ envs: 2 });
  const seen: unknown[] = [];
  const url = new URL('/envs/1/', running.server.url);
  const outcome = await run(url, { onProgress: (health) => seen.push(health) });
  expect(outcome).toEqual({ outcome: 'ready', by: 'reset', screenshot: fixturePng('screen 0') });
  expect(running.provider.starts).toBe(1);
  expect(running.server.envs.all.map(({ status }) => status.state)).toEqual(['idle', 'ready']);
  expect(seen).toEqual(seen.map(() => expect.objectContaining({ env: 1 })));
  expect(seen).not.toEqual([]);
});

test('it resets with the task that it is given', async () => {
  await using running = await startTestServer();
  await run(running.server.url, { task: taskNamed('mine') });
  expect(running.server.envs.all[0]?.status.task).toBe('mine');
});

test('an env with a running episode is left alone', async () => {
  await using running = await startTestServer();
  await running.client.reset(taskNamed('training'));
  const outcome = await run(running.server.url);
  expect(outcome).toEqual({ outcome: 'ready', by: 'already', screenshot: fixturePng('screen 0') });
  expect(running.provider.starts).toBe(1);
  expect(running.server.envs.all[0]?.status.task).toBe('training');
});

test('a boot that is under way is joined, with its progress', async () => {
  await using running = await startTestServer();
  const { passed, open } = gate();
  running.provider.onStart = () => passed;
  const training = running.client.reset(taskNamed('training'));
  await eventually(() => expect(running.provider.starts).toBe(1));

  const seen: unknown[] = [];
  const outcome = run(running.server.url, { onProgress: (health) => seen.push(health) });
  await eventually(() =>
    expect(seen[0]).toMatchObject({
      state: 'booting',
      phase: 'kernel',
      boot_log: '[ 0.00] Linux',
      deadline: 300,
    }),
  );
  open();
  expect(await outcome).toMatchObject({ outcome: 'ready', by: 'joined', screenshot: fixturePng('screen 0') });
  expect((await training).status).toBe(200);
  expect(running.provider.starts).toBe(1);
});

test('a boot that turns out to be slow gets the time that it needs, and says why once', async () => {
  await using running = await startTestServer();
  const { passed, open } = gate();
  running.provider.prepare = (desktop) => {
    desktop.slowness = { because: 'KVM failed under the guest', budgetMs: 3_600_000 };
    desktop.guest.cdpIsUp = false;
    void passed.then(() => {
      desktop.guest.cdpIsUp = true;
    });
  };
  const seen: unknown[] = [];
  const reasons: string[] = [];
  const outcome = run(running.server.url, {
    onProgress: (health) => seen.push(health),
    onSlow: (because) => reasons.push(because),
  });
  const slow = { state: 'booting', slow_because: 'KVM failed under the guest', deadline: 3600 };
  await eventually(() => expect(seen).toContainEqual(expect.objectContaining(slow)));
  open();
  expect(await outcome).toMatchObject({ outcome: 'ready' });
  expect(reasons).toEqual(['KVM failed under the guest']);
});

test('a failing boot is the env’s failure, with its reason', async () => {
  await using running = await startTestServer({ resetAttempts: 1 });
  running.provider.onStart = () => {
    throw new ArpoEnvError({ code: 'E_BOOT_FAILED', message: 'no kernel', fix: 'give it one' });
  };
  expect(await run(running.server.url)).toMatchObject({
    outcome: 'failed',
    problem: { code: 'E_BOOT_FAILED', message: expect.stringContaining('no kernel'), fix: 'give it one' },
  });
});

test('a failed env is reset again', async () => {
  await using running = await startTestServer({ resetAttempts: 1 });
  running.provider.onStart = () => {
    throw new Error('not yet');
  };
  expect(await run(running.server.url)).toMatchObject({ outcome: 'failed' });
  running.provider.onStart = () => undefined;
  expect(await run(running.server.url)).toMatchObject({ outcome: 'ready', by: 'reset' });
});

test('a connection that breaks in mid-boot costs no second boot', async () => {
  await using running = await startTestServer();
  await using tunnel = await startTunnel(running.server.url);
  const { passed, open } = gate();
  running.provider.onStart = () => passed;
  const outcome = run(tunnel.url);
  await eventually(() => expect(running.provider.starts).toBe(1));
  tunnel.cut();
  open();
  expect(await outcome).toMatchObject({ outcome: 'ready', screenshot: fixturePng('screen 0') });
  expect(running.provider.starts).toBe(1);
});

test('a task that the server refuses is the caller’s mistake, not the env’s failure', async () => {
  await using running = await startTestServer();
  const task = taskNamed('bad', { config: [{ type: 'levitate', parameters: {} }] });
  await expect(run(running.server.url, { task })).rejects.toMatchObject({ code: 'E_TASK_INVALID' });
  expect(running.provider.starts).toBe(0);
});

test('the token goes as Bearer, or as the URL has it; a wrong one is said without showing any', async () => {
  await using running = await startTestServer({ token: 's3cret' });
  const { url } = running.server;
  await expect(run(url, { token: 'wr0ng' })).rejects.toMatchObject({
    code: 'E_UNAUTHORIZED',
    message: expect.not.stringMatching(/s3cret|wr0ng/),
  });
  expect(await run(url, { token: 's3cret' })).toMatchObject({ by: 'reset' });
  const withUser = new URL(url);
  withUser.username = 'arpo';
  withUser.password = 's3cret';
  expect(await run(withUser)).toMatchObject({ by: 'already' });
  withUser.password = 'wr0ng';
  await expect(run(withUser)).rejects.toMatchObject({ message: expect.not.stringContaining('wr0ng') });
});

test('an env that is not there, and a server that is not there', async () => {
  const running = await startTestServer();
  const { url } = running.server;
  await expect(run(new URL('/envs/7', url))).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  await running[Symbol.asyncDispose]();
  await expect(run(url)).rejects.toMatchObject({ code: 'E_SERVER_UNREACHABLE' });
});

test('an abort ends the waiting, not the boot', async () => {
  await using running = await startTestServer();
  const { passed, open } = gate();
  running.provider.onStart = () => passed;
  const abort = new AbortController();
  const outcome = run(running.server.url, { signal: abort.signal });
  await eventually(() => expect(running.provider.starts).toBe(1));
  abort.abort(new Error('enough'));
  await expect(outcome).rejects.toThrow('enough');
  open();
  await eventually(() => expect(running.server.envs.all[0]?.status.state).toBe('ready'));
});

/** What the Python server answers (env-protocol.md §1): a health that says nothing, a history only after a reset. */
const REFERENCE = { health: { status: 'ok' }, history: { history_messages: [] as unknown[] } };
const OBSERVATION = [
  { role: 'system', content: [{ type: 'text', text: 'Your are a helpful assistant.' }] },
  { role: 'user', content: [{ type: 'image', b64: fixturePng('python').toString('base64') }] },
];

test('the Python server without a history is reset once', async () => {
  await using python = await startPython({ reset: { obs_messages: OBSERVATION, is_done: false } });
  expect(await run(python.url)).toEqual({ outcome: 'ready', by: 'reset', screenshot: fixturePng('python') });
  expect(python.requests).toEqual(['GET /health', 'POST /env/history_messages', 'POST /env/reset']);
});

test('the Python server with a history is left alone', async () => {
  await using python = await startPython({ history: { history_messages: OBSERVATION } });
  expect(await run(python.url)).toMatchObject({ by: 'already', screenshot: fixturePng('python') });
  expect(python.requests).not.toContain('POST /env/reset');
});

test('the Python server that has only what the trainer calls is reset all the same', async () => {
  await using python = await startPython({
    missing: ['/health', '/env/history_messages'],
    reset: { obs_messages: OBSERVATION, is_done: false },
  });
  expect(await run(python.url)).toMatchObject({ by: 'reset', screenshot: fixturePng('python') });
});

test('how long it takes is told while a Python server resets', async () => {
  const { passed, open } = gate();
  await using python = await startPython({
    held: passed,
    reset: { obs_messages: OBSERVATION, is_done: false },
  });
  const seen: unknown[] = [];
  const outcome = run(python.url, { onProgress: (progress) => void (seen.push(progress) && open()) });
  expect(await outcome).toMatchObject({ by: 'reset' });
  expect(seen[0]).toEqual({ elapsedMs: expect.any(Number) });
});

test('an app without any of the routes is not an env server', async () => {
  await using python = await startPython({ missing: ['/health', '/env/history_messages', '/env/reset'] });
  await expect(run(python.url)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
});

test.each([
  [{ obs_messages: null, is_done: true }, 200, 'without a screenshot'],
  [{ detail: 'Docker daemon is not running' }, 503, 'answered 503: "Docker daemon is not running"'],
  ['Internal Server Error', 500, 'answered 500: "Internal Server Error"'],
])('the Python server that answers a reset with %j has failed', async (reset, status, words) => {
  await using python = await startPython({ reset, status });
  expect(await run(python.url)).toMatchObject({
    outcome: 'failed',
    problem: { message: expect.stringContaining(words) },
  });
});

interface Answers {
  history?: unknown;
  reset?: unknown;
  status?: number;
  /** Routes that are not there. */
  missing?: string[];
  /** The reset is answered when this resolves. */
  held?: Promise<void>;
}

async function startPython(answers: Answers) {
  const { history = REFERENCE.history, reset, status = 200, missing = [], held } = answers;
  const requests: string[] = [];
  const bodies: Record<string, unknown> = { '/health': REFERENCE.health, '/env/history_messages': history };
  const answer: RequestListener = async (request, response) => {
    const { url = '' } = request;
    requests.push(`${request.method} ${url}`);
    request.resume();
    response.setHeader('content-type', 'application/json');
    if (missing.includes(url)) return void response.writeHead(404).end('{"detail":"Not Found"}');
    if (url === '/env/reset') await held;
    response.statusCode = url === '/env/reset' ? status : 200;
    response.end(JSON.stringify(url === '/env/reset' ? reset : bodies[url]));
  };
  const server = createServer(answer);
  return { url: await listen(server), requests, [Symbol.asyncDispose]: () => close(server) };
}

/** Carries bytes to `target`; `cut` breaks every connection, new ones work. */
async function startTunnel(target: URL) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => undefined).on('close', () => sockets.delete(end));
    }
    socket.pipe(onward).pipe(socket);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const url = await listen(server as Server);
  return {
    url,
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      await close(server as Server);
    },
  };
}

async function listen(server: Server): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}
