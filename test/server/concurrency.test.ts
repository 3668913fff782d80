import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { fixturePng } from '../support/fixture-guest.js';
import { gate } from '../support/fixture-provider.js';
import { RawClient } from '../support/raw-client.js';
import { CLICK, INFEASIBLE_TASK, taskNamed } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

describe('one env is one queue', () => {
  it('two equal resets at once boot once and get the same answer', async () => {
    await using it = await startTestServer();
    const started = gate();
    it.provider.onStart = () => started.passed;
    const answers = [it.client.reset(INFEASIBLE_TASK), it.client.reset(INFEASIBLE_TASK)];
    await eventually(() => expect(it.provider.starts).toBe(1));
    started.open();
    const [first, second] = await Promise.all(answers);
    expect(first?.status).toBe(200);
    expect(second?.text).toBe(first?.text);
    expect(it.provider.starts).toBe(1);
  });

  it('50 different resets are each answered: as many as may wait with 200, the rest with 503 and Retry-After', async () => {
    await using it = await startTestServer({ queueLimit: 9 });
    const started = gate();
    it.provider.onStart = () => started.passed;
    const first = it.client.reset(taskNamed('0'));
    await eventually(() => expect(it.provider.starts).toBe(1));
    let refused = 0;
    const others = Array.from({ length: 49 }, async (_, index) => {
      const answer = await it.client.reset(taskNamed(String(index + 1)));
      if (answer.status === 503) refused += 1;
      return answer;
    });
    await eventually(() => expect(refused).toBe(40));
    started.open();
    const answers = await Promise.all([first, ...others]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(answer.json()).toMatchObject({ code: 'E_BUSY', status: 503 });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect(it.provider.starts).toBe(1);
  });

  it('a client that hangs up does not abort the boot, and what it left in the queue does not run', async () => {
    await using it = await startTestServer();
    const started = gate();
    it.provider.onStart = () => started.passed;
    const [booting, queued] = [new AbortController(), new AbortController()];
    const first = it.client
      .reset(INFEASIBLE_TASK, { signal: booting.signal })
      .catch((error: Error) => error.name);
    await eventually(() => expect(it.provider.starts).toBe(1));
    const second = it.client
      .reset(taskNamed('late'), { signal: queued.signal })
      .catch((error: Error) => error.name);
    await eventually(async () => expect((await it.client.get('/health')).json().queue).toBe(1));
    booting.abort();
    queued.abort();
    expect(await Promise.all([first, second])).toEqual(['AbortError', 'AbortError']);
    await eventually(async () => expect((await it.client.get('/health')).json().queue).toBe(0));
    started.open();
    await eventually(async () =>
      expect((await it.client.get('/health')).json()).toMatchObject({
        state: 'ready',
        task: INFEASIBLE_TASK.id,
      }),
    );
    expect((await it.client.step(CLICK)).status).toBe(200);
  });

  it('a client that stays gets its answer although another one that waited for the same reset left', async () => {
    await using it = await startTestServer();
    const started = gate();
    it.provider.onStart = () => started.passed;
    const leaving = new AbortController();
    const left = it.client
      .reset(INFEASIBLE_TASK, { signal: leaving.signal })
      .catch((error: Error) => error.name);
    await eventually(() => expect(it.provider.starts).toBe(1));
    const stays = it.client.reset(INFEASIBLE_TASK);
    leaving.abort();
    expect(await left).toBe('AbortError');
    started.open();
    expect((await stays).status).toBe(200);
    expect(it.provider.starts).toBe(1);
  });

  it('a repeated request with its Idempotency-Key acts once, though the first client hung up', async () => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    const acting = gate();
    it.provider.last.guest.execute = async () => {
      await acting.passed;
      return {};
    };
    const headers = { 'idempotency-key': 'step-1' };
    const leaving = new AbortController();
    const lost = it.client
      .step(CLICK, { headers, signal: leaving.signal })
      .catch((error: Error) => error.name);
    await eventually(() => expect(it.provider.last.guest.executed).toHaveLength(1));
    leaving.abort();
    expect(await lost).toBe('AbortError');
    const retry = it.client.step(CLICK, { headers });
    acting.open();
    const answer = await retry;
    expect(answer.json()).toMatchObject({ is_done: false, obs_messages: { length: 5 } });
    expect((await it.client.step(CLICK, { headers })).text).toBe(answer.text);
    expect(it.provider.last.guest.executed).toHaveLength(1);
    expect((await it.client.step('another', { headers })).json()).toMatchObject({
      status: 422,
      code: 'E_KEY_REUSED',
    });
  });

  it('a desktop that dies in mid-episode is named, and the next reset gets another', async () => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    await it.provider.last.guest[Symbol.asyncDispose]();
    expect((await it.client.step(CLICK)).json()).toMatchObject({
      status: 502,
      code: 'E_AGENT_UNREACHABLE',
      message: expect.stringContaining('desktop fixture-1'),
    });
    expect((await it.client.get('/health')).json()).toMatchObject({
      state: 'failed',
      failure: { code: 'E_AGENT_UNREACHABLE' },
    });
    expect((await it.client.evaluate()).json()).toMatchObject({ status: 503, code: 'E_NOT_READY' });
    expect((await it.client.reset(INFEASIBLE_TASK)).status).toBe(200);
    expect((await it.client.get('/health')).json()).toMatchObject({
      state: 'ready',
      desktop: 'fixture-2',
      failure: null,
    });
  });

  it('a client that does not read its answer holds up nobody', async () => {
    await using it = await startTestServer();
    it.provider.prepare = ({ guest }) => {
      // More than the sockets of both sides take without a reader.
      guest.screenshot = () => fixturePng('large', 12 * 1024 ** 2);
    };
    await it.client.reset(INFEASIBLE_TASK);
    const body = JSON.stringify({ prediction: CLICK });
    const socket = connect(Number(it.server.url.port), '127.0.0.1');
    socket.pause();
    socket.write(
      `POST /env/step HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await eventually(async () => expect((await it.client.get('/health')).json().steps).toBe(1));
    expect((await it.client.step(CLICK, { query: '?history=delta' })).status).toBe(200);
    socket.destroy();
  });
});

describe('several envs', () => {
  it('env k is under /envs/k, env 0 also at the root, each with an episode of its own', async () => {
    await using it = await startTestServer({ envs: 3 });
    const base = it.server.url.href.replace(/\/$/, '');
    const clients = [0, 1, 2].map((env) => new RawClient(`${base}/envs/${env}`));
    const resets = await Promise.all(clients.map((client, env) => client.reset(taskNamed(`task-${env}`))));
    expect(resets.map((answer) => answer.json().env_idx)).toEqual([0, 1, 2]);
    await clients[2]?.step(CLICK);
    expect((await it.client.get('/envs')).json()).toEqual({
      envs: [0, 0, 1].map((steps, env) => ({
        ...{ env, base_url: `/envs/${env}`, state: 'ready', task: `task-${env}`, steps },
        ...{ watch: expect.stringMatching('http:'), failure: null, note: null, held_by: null },
      })),
    });
    expect((await it.client.history()).text).toBe((await clients[0]?.history())?.text);
    expect((await it.client.get('/envs/2/health')).json()).toMatchObject({
      env: 2,
      task: 'task-2',
      steps: 1,
    });
    expect(it.provider.running).toHaveLength(3);
  });

  it('no env waits for another', async () => {
    await using it = await startTestServer({ envs: 2 });
    const other = new RawClient(new URL('/envs/1', it.server.url));
    await it.client.reset(INFEASIBLE_TASK);
    const [first] = it.provider.desktops;
    const acting = gate();
    if (first) {
      first.guest.execute = async () => {
        await acting.passed;
        return {};
      };
    }
    const slow = it.client.step(CLICK);
    expect((await other.reset(INFEASIBLE_TASK)).status).toBe(200);
    expect((await other.step(CLICK)).status).toBe(200);
    acting.open();
    expect((await slow).status).toBe(200);
  });
});

describe('stopping', () => {
  it('answers what is under way, stops every desktop and closes the port', async () => {
    const it = await startTestServer({ standby: 1 });
    await it.client.reset(INFEASIBLE_TASK);
    it.provider.last.guest.execute = () => new Promise(() => undefined);
    const { guest } = it.provider.desktops.find(({ id }) => id === 'fixture-1') ?? it.provider.last;
    guest.execute = () => new Promise(() => undefined);
    const step = it.client.step(CLICK);
    await eventually(() => expect(guest.executed).toHaveLength(1));
    await it[Symbol.asyncDispose]();
    expect((await step).json()).toMatchObject({ status: 503, code: 'E_INTERRUPTED' });
    expect(it.provider.running).toEqual([]);
    await expect(it.client.get('/health')).rejects.toThrow('ECONNREFUSED');
    await it[Symbol.asyncDispose]();
  });

  it('does not wait for clients that keep their connection', async () => {
    const it = await startTestServer();
    const socket = connect(Number(it.server.url.port), '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    await it[Symbol.asyncDispose]();
    await closed;
  });
});
