/** OpenEnv's protocol as its own clients speak it (openenv-protocol.md, recorded from openenv 0.10.0). */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Frame = { type: string; data: Record<string, unknown> };

class Session implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  #wake: () => void = () => undefined;

  constructor(it: TestServer, path = '/openenv/ws', headers: Record<string, string> = {}) {
    this.#socket = new WebSocket(new URL(path, it.server.url.href.replace('http', 'ws')), { headers });
    this.#socket.on('message', (data) => {
      this.#frames.push(JSON.parse(String(data)) as Frame);
      this.#wake();
    });
  }

  async opened(): Promise<this> {
    await once(this.#socket, 'open');
    return this;
  }

  send(message: unknown): void {
    this.#socket.send(
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
    );
  }

  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  ask(message: unknown): Promise<Frame> {
    this.send(message);
    return this.next();
  }

  async closed(): Promise<number> {
    if (this.#socket.readyState === WebSocket.CLOSED) return 1000;
    const [code] = await once(this.#socket, 'close');
    return code as number;
  }

  vanish(): void {
    this.#socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.terminate();
    await once(this.#socket, 'close').catch(() => undefined);
  }
}

const reset = { type: 'reset', data: { task_config: INFEASIBLE_TASK, episode_id: 'ep-7' } };

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('an episode over the WebSocket', () => {
  it('is reset, acted in and scored', async () => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    const first = await session.ask(reset);
    expect(first).toMatchObject({
      type: 'observation',
      data: {
        observation: {
          instruction: INFEASIBLE_TASK.instruction,
          task_id: INFEASIBLE_TASK.id,
          last_error: null,
        },
        reward: null,
        done: false,
      },
    });
    const { screenshot } = first.data.observation as { screenshot: string };
    expect(Buffer.from(screenshot, 'base64').subarray(1, 4).toString()).toBe('PNG');
    for (const action of [
      { prediction: "Thought: so\nAction: click(start_box='(10,10)')" },
      { code: 'pyautogui.click(1, 2)' },
      { type: 'code', code: 'pyautogui.click(1, 2)' },
      { type: 'wait' },
    ]) {
      expect(await session.ask({ type: 'step', data: action })).toMatchObject({
        data: { reward: null, done: false },
      });
    }
    expect(await session.ask({ type: 'state' })).toMatchObject({
      type: 'state',
      data: { episode_id: 'ep-7', step_count: 4, task_id: INFEASIBLE_TASK.id, max_steps: 16 },
    });
    expect(await session.ask({ type: 'step', data: { type: 'fail' } })).toMatchObject({
      data: { observation: { screenshot: null }, reward: 1, done: true },
    });
    session.send({ type: 'close' });
    expect(await session.closed()).toBe(1000);
  });

  it('tells why an action could not be carried out, and goes on', async () => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    await session.ask(reset);
    const [desktop] = it.provider.desktops;
    if (desktop) desktop.guest.execute = () => ({ returncode: 1, error: 'SyntaxError: nothing' });
    expect(await session.ask({ type: 'step', data: { code: 'nothing(' } })).toMatchObject({
      data: { observation: { last_error: expect.stringContaining('SyntaxError') }, done: false },
    });
    expect(await session.ask({ type: 'step', data: { prediction: 'nothing' } })).toMatchObject({
      data: { observation: { last_error: expect.stringContaining('no "Action:"') }, done: true },
    });
  });
});

describe('a wrong message is answered, and the session lives on', () => {
  it.each([
    ['{', 'INVALID_JSON'],
    [{}, 'UNKNOWN_TYPE'],
    [{ type: null }, 'UNKNOWN_TYPE'],
    [{ type: 'bogus' }, 'UNKNOWN_TYPE'],
    [{ type: '__proto__' }, 'UNKNOWN_TYPE'],
    [{ type: 'step' }, 'VALIDATION_ERROR'],
    [{ type: 'step', data: { bad: 1 } }, 'VALIDATION_ERROR'],
    [{ type: 'step', data: { code: 'x', prediction: 'y' } }, 'VALIDATION_ERROR'],
    [{ type: 'reset', data: {} }, 'VALIDATION_ERROR'],
    [{ type: 'step', data: 'wait' }, 'VALIDATION_ERROR'],
    [{ type: 'step', data: { action: { type: 'wait' } } }, 'VALIDATION_ERROR'],
    [{ type: 'reset', data: null }, 'VALIDATION_ERROR'],
    [{ type: 'mcp', data: null }, 'VALIDATION_ERROR'],
    [{ type: 'reset', data: { task_config: {}, episode_id: 5 } }, 'VALIDATION_ERROR'],
    [{ type: 'reset', extra: 1, data: { task_config: {} } }, 'VALIDATION_ERROR'],
    [{ type: 'step', data: { type: 'wait' } }, 'EXECUTION_ERROR'],
    [{ type: 'reset', data: { task_config: { id: 'x' } } }, 'EXECUTION_ERROR'],
  ])('%j: %s', async (message, code) => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    expect(await session.ask(message)).toMatchObject({ type: 'error', data: { code } });
    expect(await session.ask({ type: 'state' })).toMatchObject({ type: 'state', data: { step_count: 0 } });
  });

  it('a task that nobody can score: what is missing, before anything boots', async () => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    const result = { type: 'vm_file', path: '/a.pptx', dest: 'a.pptx' };
    const task_config = { ...INFEASIBLE_TASK, evaluator: { func: 'compare_pptx_files', result } };
    expect(await session.ask({ type: 'reset', data: { task_config } })).toMatchObject({
      type: 'error',
      data: { code: 'EXECUTION_ERROR', message: expect.stringContaining('compare_pptx_files') },
    });
    expect(it.provider.starts).toBe(0);
  });

  it('says which key is wrong, and what an action is', async () => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    expect(await session.ask({ type: 'step', data: { type: 'wait', x: 1 } })).toMatchObject({
      data: { message: 'Invalid message', errors: [{ loc: [], msg: 'Unrecognized key: "x"' }] },
    });
    expect(await session.ask({ type: 'close', data: {} })).toMatchObject({
      data: { errors: [{ type: 'unrecognized_keys', loc: ['data'] }] },
    });
    expect(await session.ask({ type: 'step', data: { action: {} } })).toMatchObject({
      data: { errors: [{ msg: 'an action is one of {prediction}, {code} and {type: wait, done or fail}' }] },
    });
  });

  it.each([
    ['a binary frame', Buffer.from('{}')],
    ['a list', [1]],
    ['null', 'null'],
    ['a string', '"state"'],
  ])('but for %s, with which the session ends', async (_, message) => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    const ended = session.closed();
    expect(await session.ask(message)).toMatchObject({ data: { code: 'SESSION_ERROR' } });
    expect(await ended).toBe(1000);
  });

  it('but for one that is too long, which gets its close code', async () => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    const ended = session.closed();
    session.send('x'.repeat(40_000_000));
    expect(await ended).toBe(1009);
  });

  it('but for the session of somebody who never waits for an answer', async () => {
    await using it = await startTestServer();
    const hasty = await new Session(it).opened();
    for (let n = 0; n < 100; n += 1) hasty.send(reset);
    await hasty.closed();
  });
});

describe('an action of a class with optional fields and metadata', () => {
  it.each([
    [{ metadata: { step: 1 }, type: 'wait' }],
    [{ metadata: {}, prediction: 'Action: wait()', code: null, type: null }],
    [{ metadata: null, prediction: null, code: 'pyautogui.click(1, 2)' }],
  ])('%j is carried out', async (data) => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    // OpenEnv does not look at a seed on the WebSocket.
    await session.ask({ type: 'reset', data: { task_config: INFEASIBLE_TASK, seed: -1 } });
    expect(await session.ask({ type: 'step', data })).toMatchObject({ type: 'observation' });
    expect(await session.ask({ type: 'state' })).toMatchObject({ data: { step_count: 1 } });
  });
});

describe('sessions', () => {
  it('end with the server, with a code that says so', async () => {
    const it = await startTestServer();
    await using session = await new Session(it).opened();
    const ended = session.closed();
    await it[Symbol.asyncDispose]();
    expect(await ended).toBe(1012);
  });

  it('spare the trainer’s episode, and take a booted desktop that nobody needs before one that has yet to boot', async () => {
    await using it = await startTestServer({ envs: 3 });
    await it.client.reset(INFEASIBLE_TASK);
    const look = async (): Promise<{ state: string; held_by: string | null }[]> =>
      (await it.client.get('/envs')).json().envs;
    for (let n = 0; n < 2; n += 1) {
      const session = await new Session(it).opened();
      await session.ask(reset);
      await session[Symbol.asyncDispose]();
      await until(async () => (await look()).every(({ held_by }) => held_by === null));
    }
    expect((await it.client.step('Action: wait()')).json()).toMatchObject({ is_done: false });
    expect((await look()).map(({ state }) => state)).toEqual(['ready', 'ready', 'idle']);
  });

  it('of MCP have no env, so that none can be gone on with', async () => {
    await using it = await startTestServer();
    await using session = new Session(it, '/openenv/ws?session_id=abc');
    expect(await session.next()).toMatchObject({
      data: { code: 'SESSION_ERROR', message: 'Unknown session_id: abc' },
    });
  });

  it('hold an env each, are refused beyond that, and free it when they vanish', async () => {
    await using it = await startTestServer({ envs: 2 });
    await using one = await new Session(it).opened();
    await using other = await new Session(it, '/openenv/1/ws').opened();
    await Promise.all([one.ask(reset), other.ask(reset)]);
    const { envs } = (await it.client.get('/envs')).json();
    expect(envs).toMatchObject([
      { state: 'ready', held_by: 'openenv' },
      { state: 'ready', held_by: 'openenv' },
    ]);
    const refused = new Session(it);
    expect(await refused.next()).toEqual({
      type: 'error',
      data: {
        message: 'Server at capacity: 2/2 sessions active. Cannot accept new connections.',
        code: 'CAPACITY_REACHED',
        active_sessions: 2,
        max_sessions: 2,
      },
    });
    expect(await refused.closed()).toBe(1000);
    other.vanish();
    await until(async () => {
      await using again = new Session(it, '/openenv/1/ws');
      await again.opened();
      again.send({ type: 'state' });
      return (await again.next()).type === 'state';
    });
    expect(await one.ask({ type: 'state' })).toMatchObject({ data: { task_id: INFEASIBLE_TASK.id } });
    await until(async () => (await it.client.get('/envs')).json().envs[1].held_by === null);
  });

  it('of an env that there is not, or without the token, or from a foreign page, do not begin', async () => {
    const status = async (it: TestServer, path: string, headers: Record<string, string> = {}) => {
      const socket = new WebSocket(new URL(path, it.server.url.href.replace('http', 'ws')), { headers });
      const [, response] = await once(socket, 'unexpected-response');
      socket.on('error', () => undefined).terminate();
      return (response as { statusCode: number }).statusCode;
    };
    await using open = await startTestServer();
    expect(await status(open, '/openenv/7/ws')).toBe(404);
    expect(await status(open, '/openenv/ws', { origin: 'http://evil.example' })).toBe(403);
    await using locked = await startTestServer({ token: 'secret' });
    expect(await status(locked, '/openenv/ws')).toBe(401);
    const authorization = `Basic ${Buffer.from('arpo:secret').toString('base64')}`;
    await using session = await new Session(locked, '/openenv/ws', { authorization }).opened();
    expect(await session.ask({ type: 'state' })).toMatchObject({ type: 'state' });
  });

  it('and the trainer’s protocol do not mix episodes up', async () => {
    await using it = await startTestServer();
    await using session = await new Session(it).opened();
    await session.ask(reset);
    expect((await it.client.step('Action: wait()')).json()).toMatchObject({ code: 'E_NOT_READY' });
    expect((await it.client.history()).json()).toEqual({ history_messages: [] });
    await it.client.reset(INFEASIBLE_TASK);
    expect(await session.ask({ type: 'step', data: { type: 'wait' } })).toMatchObject({
      type: 'error',
      data: { message: expect.stringMatching(/^E_NOT_READY: cannot step: this session has no episode/) },
    });
  });
});

describe('over plain HTTP', () => {
  it.each(['/openenv', '/openenv/0'])('%s has what a validator looks for', async (base) => {
    await using it = await startTestServer();
    const get = async (path: string) => (await it.client.get(base + path)).json();
    expect(await get('/health')).toEqual({ status: 'healthy' });
    expect(await get('/metadata')).toMatchObject({ name: 'arpo-env', description: expect.any(String) });
    expect(await get('/schema')).toMatchObject({ action: {}, observation: {}, state: { type: 'object' } });
    const { info, paths } = await get('/openapi.json');
    expect(info.version).toMatch(/^\d/);
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/reset', '/step', '/state']));
    const mcp = async (body: unknown) => (await it.client.post(`${base}/mcp`, body)).json();
    expect(await mcp({})).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32_600 } });
    expect(await mcp({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { tools: [] },
    });
    expect(await mcp({ jsonrpc: '2.0', id: 5, method: 'bogus' })).toMatchObject({
      id: 5,
      error: { code: -32_601 },
    });
    const called = (params: object) => mcp({ jsonrpc: '2.0', id: 'a', method: 'tools/call', params });
    expect(await called({ name: 'x' })).toMatchObject({ id: 'a', error: { message: 'Tool not found: x' } });
    expect(await called({})).toMatchObject({ error: { code: -32_602 } });
    const { result } = await mcp({ jsonrpc: '2.0', id: 2, method: 'openenv/session/create', params: {} });
    expect(await mcp({ jsonrpc: '2.0', id: 3, method: 'openenv/session/close', params: result })).toEqual({
      jsonrpc: '2.0',
      id: 3,
      result: { session_id: result.session_id, closed: true },
    });
    const raw = await fetch(new URL(`${base}/mcp`, it.server.url), { method: 'POST', body: '{' });
    expect([raw.status, await raw.json()]).toMatchObject([200, { id: null, error: { code: -32_700 } }]);
  });

  it('each request is an environment of its own', async () => {
    await using it = await startTestServer();
    const answer = await it.client.post('/openenv/reset', { task_config: INFEASIBLE_TASK, episode_id: 'e1' });
    expect(answer.json()).toMatchObject({
      observation: { task_id: INFEASIBLE_TASK.id },
      reward: null,
      done: false,
    });
    expect((await it.client.get('/openenv/state')).json()).toMatchObject({ episode_id: null, step_count: 0 });
    expect((await it.client.post('/openenv/step', { action: { type: 'wait' } })).json()).toMatchObject({
      code: 'E_NOT_READY',
      fix: expect.stringContaining('/openenv/ws'),
    });
    expect((await it.client.post('/openenv/step', { action: { nope: 1 } })).status).toBe(422);
    expect((await it.client.post('/openenv/reset', { seed: -1 })).status).toBe(422);
    expect((await it.client.get('/openenv/reset')).status).toBe(405);
    expect((await it.client.get('/openenv/nope')).status).toBe(404);
  });
});
