/** A client whose read limit is shorter than the work gets its answer; one that can wait gets its true status. */
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gate } from '../support/fixture-provider.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const options = { heartbeat: 20, resetAttempts: 1 };

interface Heard {
  status: number;
  chunks: string[];
  isWhole: boolean;
}

function reset(it: TestServer, headers: Record<string, string> = {}): Promise<Heard> {
  const body = JSON.stringify({ task_config: INFEASIBLE_TASK });
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL('/env/reset', it.server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => {
      const chunks: string[] = [];
      answer.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      answer.once('error', () => undefined);
      answer.once('close', () =>
        resolve({ status: answer.statusCode ?? 0, chunks, isWhole: answer.complete }),
      );
    });
    outgoing.end(body);
  });
}

describe('a reset that takes longer than the interval', () => {
  it('sends blanks, and then its answer', async () => {
    await using it = await startTestServer(options);
    const booted = gate();
    it.provider.onStart = () => booted.passed;
    const heard = reset(it);
    await delay(200);
    booted.open();
    const { status, chunks, isWhole } = await heard;
    expect([status, isWhole]).toEqual([200, true]);
    const text = chunks.join('');
    expect(text).toMatch(/^ {2,}\{/);
    expect(JSON.parse(text)).toMatchObject({ is_done: false, obs_messages: [{}, {}, {}] });
  });

  it('is cut off when it fails after the first blank', async () => {
    await using it = await startTestServer(options);
    it.provider.onStart = async () => {
      await delay(200);
      throw new Error('no room');
    };
    const { status, chunks, isWhole } = await reset(it);
    expect([status, isWhole]).toEqual([200, false]);
    expect(chunks.join('').trim()).toBe('');
    expect((await it.client.get('/health')).json()).toMatchObject({ state: 'failed' });
  });

  it.each([{ 'idempotency-key': 'one' }, { prefer: 'respond-async' }, { prefer: 'wait=5, respond-async' }])(
    'keeps its status for %j',
    async (headers) => {
      await using it = await startTestServer(options);
      it.provider.onStart = async () => {
        await delay(100);
        throw new Error('no room');
      };
      const { status, chunks } = await reset(it, headers);
      expect(status).toBe(500);
      expect(chunks.join('')).toMatch(/^\{/);
    },
  );

  it('fails with its status before the first blank', async () => {
    await using it = await startTestServer({ ...options, heartbeat: 60_000 });
    it.provider.onStart = () => Promise.reject(new Error('no room'));
    expect((await reset(it)).status).toBe(500);
  });
});
