/** Whatever a client sends: an answer, never a 500, and a server that goes on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, RawClient } from '../support/raw-client.js';
import { CLICK, INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const RUNS = 150;

/** Errors that a client's input may lead to; E_INTERNAL is none of them. */
function expectProper(answer: Answer): void {
  if (answer.status === 200) {
    JSON.parse(answer.text);
    return;
  }
  const problem = answer.json() as { status: number; code: string };
  expect(problem).toMatchObject({ status: answer.status, code: expect.not.stringMatching('E_INTERNAL') });
  if (problem.code !== 'E_EVALUATE_FAILED') expect(answer.status, answer.text).not.toBe(500);
}

async function expectAlive({ client }: TestServer): Promise<void> {
  expect((await client.get('/health')).status).toBe(200);
}

// The runs are many; the time that they take is not what is tested.
describe('fuzz', { timeout: 120_000 }, () => {
  it('bodies, content types and queries', async () => {
    await using it = await startTestServer();
    const routes = fc.constantFrom(
      '/env/reset',
      '/env/step',
      '/env/evaluate',
      '/env/history_messages',
      '/envs/0/env/step',
      '/envs/9/env/step',
      '/health',
    );
    const anything = fc.jsonValue();
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary' }),
      anything.map((value) => JSON.stringify(value)),
      anything.map((value) => JSON.stringify({ prediction: value })),
      anything.map((value) => JSON.stringify({ task_config: value })),
    );
    const types = fc.constantFrom(
      'application/json',
      'application/json; charset=latin1',
      'text/plain',
      'x',
      '',
    );
    const queries = fc.oneof(
      fc.constant(''),
      fc.webQueryParameters().map((query) => `?${query}`),
    );
    await fc.assert(
      fc.asyncProperty(routes, bodies, types, queries, async (route, body, type, query) => {
        expectProper(await it.client.post(route + query, body, { headers: { 'content-type': type } }));
      }),
      { numRuns: RUNS },
    );
    await expectAlive(it);
  });

  it('predictions', async () => {
    await using it = await startTestServer({ maxSteps: 100_000 });
    await it.client.reset(INFEASIBLE_TASK);
    const pieces = fc.constantFrom(
      'Thought: ',
      'Action: ',
      'Reflection: ',
      'click(',
      "start_box='(1,2)'",
      'type(content=',
      "hotkey(key='ctrl ",
      '<|box_start|>',
      "'''",
      '"',
      '\\',
      '\n',
      '\n\n',
      '\r\n',
      ')',
      ', ',
      'wait()',
      '\u0000',
      '\ud800',
      '\u2028',
    );
    const predictions = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(fc.oneof(pieces, fc.string({ unit: 'grapheme', maxLength: 5 })), { maxLength: 30 })
        .map((all) => all.join('')),
    );
    const query = '?history=delta';
    await fc.assert(
      fc.asyncProperty(predictions, async (prediction) => {
        const answer = await it.client.step(prediction, { query });
        expect([prediction, answer.status]).toEqual([prediction, 200]);
        expect([0, -1]).toContain(answer.json().format_reward);
      }),
      { numRuns: RUNS },
    );
    await expectAlive(it);
  });

  it('tasks', async () => {
    await using it = await startTestServer();
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    const tasks = fc.record(
      {
        id: fc.oneof(text, fc.constantFrom('../../etc', '/', '.', 'a/b')),
        instruction: text,
        config: fc.oneof(
          fc.constant([]),
          fc.jsonValue(),
          fc.array(fc.record({ type: text, parameters: fc.jsonValue() })),
        ),
        evaluator: fc.oneof(
          fc.jsonValue(),
          fc.record({ func: fc.oneof(fc.constantFrom('infeasible', 'exact_match', 'check_list'), text) }),
          fc.record({
            func: fc.constantFrom('exact_match', 'check_include_exclude', 'check_json'),
            result: fc.record({
              type: fc.constantFrom('rule', 'cache_file', 'vm_file'),
              rules: fc.jsonValue(),
              path: text,
            }),
            expected: fc.record({ type: fc.constant('rule'), rules: fc.jsonValue() }),
          }),
        ),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(tasks, async (task) => {
        const reset = await it.client.reset(task);
        expect([200, 422]).toContain(reset.status);
        expectProper(await it.client.evaluate());
      }),
      { numRuns: RUNS },
    );
    await expectAlive(it);
  });

  it('keys and interleavings of operations', async () => {
    await using it = await startTestServer();
    const operations: ((client: RawClient, headers: Record<string, string>) => Promise<Answer>)[] = [
      (client, headers) => client.reset(INFEASIBLE_TASK, { headers }),
      (client, headers) => client.step(CLICK, { headers }),
      (client, headers) => client.evaluate({ headers }),
    ];
    const keys = fc.option(fc.constantFrom('a', 'b', 'ü', 'x'.repeat(300)), { nil: undefined });
    const calls = fc.array(fc.tuple(fc.constantFrom(...operations), keys), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(calls, async (batch) => {
        const answers = await Promise.all(
          batch.map(([operate, key]) =>
            operate(
              it.client,
              key === undefined ? {} : { 'idempotency-key': Buffer.from(key).toString('latin1') },
            ),
          ),
        );
        answers.forEach(expectProper);
      }),
      { numRuns: 40 },
    );
    await expectAlive(it);
  });
});
