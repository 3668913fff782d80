/** A thread that evaluates: one task after the other, each when it is told to. */
import { parentPort } from 'node:worker_threads';
import { AgentClient } from '../../../desktop/agent-client.js';
import { toArpoEnvError } from '../../../errors.js';
import type { EvaluationContext } from '../../judge.js';
import { nativeJudge } from '../evaluate.js';
import { type Assignment, type Order, problemsOf, type Report } from './messages.js';

const ALIVE_MS = 1000;

let cancellation = new AbortController();

parentPort?.on('message', (order: Order) => {
  if (order.type === 'abort') cancellation.abort();
  else void evaluate(order.assignment);
});

async function evaluate({ task, ...assignment }: Assignment): Promise<void> {
  cancellation = new AbortController();
  const alive = setInterval(() => report({ type: 'alive' }), ALIVE_MS);
  try {
    report({ type: 'score', score: await nativeJudge.judge(task, contextOf(assignment)) });
  } catch (error) {
    report({ type: 'failed', problems: problemsOf(toArpoEnvError(error)) });
  } finally {
    clearInterval(alive);
  }
}

function contextOf({ agent, endpoints, ...rest }: Omit<Assignment, 'task'>): EvaluationContext {
  const { url, socketPath } = agent;
  return {
    ...rest,
    agent: new AgentClient(new URL(url), socketPath === undefined ? undefined : { path: socketPath }),
    endpoints: {
      agent: new URL(endpoints.agent),
      cdp: new URL(endpoints.cdp),
      watch: endpoints.watch === null ? null : new URL(endpoints.watch),
      vlc: new URL(endpoints.vlc),
    },
    signal: cancellation.signal,
    onProgress: (text) => report({ type: 'progress', text }),
  };
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}
