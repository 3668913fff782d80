/**
 * Evaluations in threads of their own, so that what a guest or a model made holds up nobody else: it is read, parsed and
 * judged there, with a limit of memory, and of time for what does not let the thread go on.
 */
import { Worker } from 'node:worker_threads';
import type { Task } from '../../desktop/task.js';
import { ArpoEnvError } from '../../errors.js';
import { errno, messageOf } from '../../lib/errno.js';
import { NOT_JUDGED } from '../evaluate.js';
import type { EvaluationContext } from '../judge.js';
import { answerOf, assignmentOf, errorOf, type Order, type Question, type Report } from './messages.js';

export interface ThreadOptions {
  /** Milliseconds after which a thread that says nothing is ended. Default 60 000. */
  silentMs?: number | undefined;
  /** Megabytes of its heap. Default 1024; what a file holds as bytes does not count. */
  heapMb?: number | undefined;
}

/** Carries out what a thread asks for: metrics, and those getters that are not native. */
export type Answering = (question: Question) => unknown;

export interface EvaluationThreads {
  /** Sees that one waits: asked before an episode begins, it is there at its end. */
  prepare(): void;
  /**
   * The score, as `evaluate` gives it. With `answering` metrics are not native. What takes too long or too much is
   * E_EVALUATE_FAILED.
   */
  evaluate(task: Task, context: EvaluationContext, answering?: Answering): Promise<number>;
}

/** A thread that has not ended by then, though it was told to, waits for something that never comes. */
const ABORT_MS = 10_000;
/** Threads that wait for the next evaluation: each takes half a second to start, and some 40 MB. */
const MOST_IDLE = 4;

export function evaluationThreads({
  silentMs = 60_000,
  heapMb = 1024,
}: ThreadOptions = {}): EvaluationThreads {
  const idle = new Set<Worker>();
  const start = () => startThread(heapMb, (dead) => idle.delete(dead));
  const take = () => {
    const [worker = start()] = idle;
    idle.delete(worker);
    worker.ref();
    return worker;
  };
  const giveBack = (worker: Worker) => {
    // Else it would keep this process alive.
    worker.unref();
    if (idle.size < MOST_IDLE) idle.add(worker);
    else void worker.terminate();
  };
  return {
    prepare() {
      if (idle.size === 0) giveBack(start());
    },
    async evaluate(task, context, answering) {
      context.signal.throwIfAborted();
      const worker = take();
      try {
        const report = await evaluateIn(worker, task, context, { silentMs, heapMb, answering });
        context.signal.throwIfAborted();
        giveBack(worker);
        if (report.type === 'score') return report.score;
        throw errorOf(report.problems);
      } catch (error) {
        if (!idle.has(worker)) await worker.terminate();
        context.signal.throwIfAborted();
        throw error;
      }
    },
  };
}

function startThread(heapMb: number, onEnd: (worker: Worker) => void): Worker {
  const worker = new Worker(new URL('thread.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  // An evaluation hears of it by its own listeners; of a thread without one nobody needs to.
  worker.on('error', () => onEnd(worker));
  worker.once('exit', () => onEnd(worker));
  return worker;
}

type Outcome = Extract<Report, { type: 'score' | 'failed' }>;

interface Limits {
  silentMs: number;
  heapMb: number;
  answering: Answering | undefined;
}

/** Rejects with E_EVALUATE_FAILED when the thread is of no use any more. */
function evaluateIn(
  worker: Worker,
  task: Task,
  context: EvaluationContext,
  { silentMs, heapMb, answering }: Limits,
): Promise<Outcome> {
  const { signal, onProgress } = context;
  const what = `the evaluation of task ${task.id.slice(0, 100)} (${[task.evaluator.func].flat().join(', ')})`;
  const order = (message: Order) => worker.postMessage(message);
  return new Promise((resolve, reject) => {
    const fail = (how: string) => end(() => reject(tooMuch(`${what} ${how}`)));
    const late = () => fail(`was held up for ${silentMs / 1000} s by what it reads or compares`);
    const silence = setTimeout(late, silentMs);
    const onAbort = () => {
      order({ type: 'abort' });
      setTimeout(late, ABORT_MS).unref();
    };
    const answer = async ({ id, question }: Extract<Report, { type: 'ask' }>) => {
      const given = await answerOf(() => answering?.(question));
      try {
        order({ type: 'answer', id, answer: given });
      } catch (error) {
        // What a guest's code made may be nested deeper than it can be copied.
        fail(`was given what cannot be passed on: ${messageOf(error)}`);
      }
    };
    const onMessage = (message: Report) => {
      silence.refresh();
      if (message.type === 'progress') onProgress?.(message.text);
      else if (message.type === 'ask') void answer(message);
      else if (message.type !== 'alive') end(() => resolve(message));
    };
    const onError = (error: Error) =>
      fail(
        errno(error) === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `wanted more than ${heapMb} MB of memory`
          : `ended: ${messageOf(error)}`,
      );
    const onExit = () => fail('ended without a score');
    const end = (act: () => void) => {
      clearTimeout(silence);
      signal.removeEventListener('abort', onAbort);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      act();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    order({ type: 'evaluate', assignment: assignmentOf(task, context, answering !== undefined) });
  });
}

function tooMuch(message: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_EVALUATE_FAILED', message, fix: NOT_JUDGED });
}
