/** A thread that evaluates: one task after the other, each when it is told to. */
import { parentPort } from 'node:worker_threads';
import { AgentClient } from '../../desktop/agent-client.js';
import { toArpoEnvError } from '../../errors.js';
import { evaluate, type Functions } from '../evaluate.js';
import type { EvaluationContext } from '../judge.js';
import { checkGetter, nativeFunctions, nativeJudge } from '../native/judge.js';
import {
  type Answer,
  type Assignment,
  type Order,
  problemsOf,
  type Question,
  type Report,
  unwrap,
} from './messages.js';

const ALIVE_MS = 1000;

let cancellation = new AbortController();
const asked = new Map<number, (answer: Answer) => void>();
let questions = 0;

parentPort?.on('message', (order: Order) => {
  if (order.type === 'abort') cancellation.abort();
  else if (order.type === 'evaluate') void carryOut(order.assignment);
  else {
    asked.get(order.id)?.(order.answer);
    asked.delete(order.id);
  }
});

async function carryOut({ task, asks, ...assignment }: Assignment): Promise<void> {
  cancellation = new AbortController();
  asked.clear();
  const alive = setInterval(() => report({ type: 'alive' }), ALIVE_MS);
  const context = contextOf(assignment);
  try {
    const score = await (asks ? evaluate(task, context, askingFunctions) : nativeJudge.judge(task, context));
    report({ type: 'score', score });
  } catch (error) {
    report({ type: 'failed', problems: problemsOf(toArpoEnvError(error)) });
  } finally {
    clearInterval(alive);
  }
}

/** Getters that are native and can do what the task wants of them stay native; the rest is asked for. */
const askingFunctions: Functions = {
  get: (config, context) =>
    checkGetter(config).length === 0
      ? nativeFunctions.get(config, context)
      : ask({ type: 'get', config }, context),
  measure: (spec, result, expected, context) => ask({ type: 'measure', spec, result, expected }, context),
};

async function ask(question: Question, { signal }: EvaluationContext): Promise<unknown> {
  signal.throwIfAborted();
  const id = ++questions;
  const answer = await new Promise<Answer>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    asked.set(id, resolve);
    report({ type: 'ask', id, question });
  });
  return unwrap(answer);
}

function contextOf({ agent, endpoints, ...rest }: Omit<Assignment, 'task' | 'asks'>): EvaluationContext {
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
