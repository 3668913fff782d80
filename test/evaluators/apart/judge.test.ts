/** The judge in a thread of its own, as the built program has it: the worst that a guest can send holds up nobody else. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { AgentClient } from '../../../src/desktop/agent-client.js';
import { type Task, taskSchema } from '../../../src/desktop/task.js';
import type { EvaluationContext } from '../../../src/evaluators/judge.js';
import { FixtureGuest } from '../../support/fixture-guest.js';
import { evaluationThreads, judgeApart } from '../../support/judge-apart.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const compares = (func: string, expected: string, options = {}): Task =>
  taskSchema.parse({
    id: 'apart',
    instruction: 'print it',
    evaluator: {
      func,
      result: { type: 'vm_command_line', command: 'print' },
      expected: { type: 'rule', rules: { expected } },
      options,
    },
  });

async function evaluate(
  task: Task,
  printed: string,
  {
    signal = new AbortController().signal,
    ...options
  }: { signal?: AbortSignal; silentMs?: number; heapMb?: number } = {},
): Promise<number> {
  await using guest = await FixtureGuest.start();
  using folder = new TemporaryFolder();
  guest.execute = () => ({ output: printed });
  const context: EvaluationContext = {
    agent: new AgentClient(guest.endpoints.agent),
    endpoints: guest.endpoints,
    cacheDir: folder.path,
    clientPassword: 'password',
    screen: { width: 1280, height: 720 },
    actionHistory: [],
    signal,
  };
  return await judgeApart(options).judge(task, context);
}

describe('judged in a thread of its own', () => {
  it('scores as in this one', async () => {
    expect(await evaluate(compares('exact_match', 'yes'), 'yes')).toBe(1);
    expect(await evaluate(compares('exact_match', 'yes'), 'no')).toBe(0);
  });

  it('what takes too long fails, and this thread goes on meanwhile', async () => {
    const [one, other] = ['ab'.repeat(2_000_000), 'ba'.repeat(2_000_000)];
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    await expect(evaluate(compares('fuzzy_match', other), one, { silentMs: 1500 })).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: expect.stringContaining('fuzzy_match) was held up for 1.5 s'),
    });
    delays.disable();
    // Of the longest wait, what is neither the fixture's own encoding nor the collector's.
    expect(delays.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('what wants too much memory fails', async () => {
    const task = compares('fuzzy_match', 'x'.repeat(100_000));
    await expect(evaluate(task, 'y '.repeat(5_000_000), { heapMb: 16 })).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: expect.stringContaining('wanted more than 16 MB of memory'),
    });
  });

  it('an answer that is nested too deeply to be passed on fails, and nothing else', async () => {
    const nested = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const endpoint = new URL('http://127.0.0.1:1');
    using folder = new TemporaryFolder();
    const context = {
      agent: new AgentClient(endpoint),
      endpoints: { agent: endpoint, cdp: endpoint, vlc: endpoint, watch: null },
      cacheDir: folder.path,
      clientPassword: 'password',
      screen: { width: 1280, height: 720 },
      actionHistory: [],
      signal: new AbortController().signal,
    };
    const { evaluator, ...task } = compares('exact_match', 'yes');
    const given = { ...task, evaluator: { ...evaluator, result: { type: 'rule', rules: {} } } } as Task;
    await expect(evaluationThreads().evaluate(given, context, () => nested)).rejects.toMatchObject({
      code: 'E_EVALUATE_FAILED',
      message: expect.stringContaining('was given what cannot be passed on'),
    });
  });

  it('carries over what failed, with its causes', async () => {
    const lost = compares('exact_match', 'yes');
    await using guest = await FixtureGuest.start();
    const { endpoints } = guest;
    await guest[Symbol.asyncDispose]();
    using folder = new TemporaryFolder();
    const context = {
      agent: new AgentClient(endpoints.agent),
      endpoints,
      cacheDir: folder.path,
      clientPassword: 'password',
      screen: { width: 1280, height: 720 },
      actionHistory: [],
      signal: new AbortController().signal,
    };
    await expect(judgeApart().judge(lost, context)).rejects.toMatchObject({ code: 'E_AGENT_UNREACHABLE' });
  });

  it('ends with its caller', async () => {
    const leaving = new AbortController();
    const judged = evaluate(compares('fuzzy_match', 'ba'.repeat(2_000_000)), 'ab'.repeat(2_000_000), {
      signal: leaving.signal,
    });
    setTimeout(() => leaving.abort(new Error('enough')), 300);
    await expect(judged).rejects.toThrow('enough');
  }, 60_000);
});
