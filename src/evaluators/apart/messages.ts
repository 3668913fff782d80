/** What an evaluation and its thread say to each other: what the structured clone algorithm carries. */
import type { Action } from '../../desktop/action.js';
import type { Task } from '../../desktop/task.js';
import { ArpoEnvError, causesOf, type Problem, toArpoEnvError } from '../../errors.js';
import type { CriterionSpec, GetterConfig } from '../criteria.js';
import type { EvaluationContext } from '../judge.js';
import { PythonError } from '../python/errors.js';

/** What one evaluation needs. */
export interface Assignment {
  task: Task;
  agent: { url: string; socketPath: string | undefined };
  endpoints: Record<'agent' | 'cdp' | 'vlc', string> & { watch: string | null };
  cacheDir: string;
  clientPassword: string;
  screen: EvaluationContext['screen'];
  actionHistory: readonly Action[];
  /** Whether somebody else carries out metrics, and those getters that are not native. */
  asks: boolean;
}

/** A function that somebody else carries out. */
export type Question =
  | { type: 'get'; config: GetterConfig }
  | { type: 'measure'; spec: CriterionSpec; result: unknown; expected: unknown };

export type Answer =
  | { type: 'value'; value: unknown }
  /** What the Python code raised. */
  | { type: 'raised'; name: string; message: string }
  /** The error and what caused it, outermost first. */
  | { type: 'failed'; problems: Problem[] };

/** To the thread: evaluate, go on with an answer, or end the evaluation that runs. */
export type Order =
  | { type: 'evaluate'; assignment: Assignment }
  | { type: 'answer'; id: number; answer: Answer }
  | { type: 'abort' };

/** From the thread. */
export type Report =
  /** It is not held up by what it reads or judges. */
  | { type: 'alive' }
  | { type: 'progress'; text: string }
  | { type: 'ask'; id: number; question: Question }
  | { type: 'score'; score: number }
  /** The error and what caused it, outermost first. */
  | { type: 'failed'; problems: Problem[] };

export function assignmentOf(task: Task, context: EvaluationContext, asks: boolean): Assignment {
  const { agent, endpoints, cacheDir, clientPassword, screen, actionHistory } = context;
  return {
    task,
    agent: { url: agent.url.href, socketPath: agent.socket?.path },
    endpoints: {
      agent: endpoints.agent.href,
      cdp: endpoints.cdp.href,
      watch: endpoints.watch?.href ?? null,
      vlc: endpoints.vlc.href,
    },
    cacheDir,
    clientPassword,
    screen,
    actionHistory,
    asks,
  };
}

/** What `work` gives or throws. */
export async function answerOf(work: () => unknown): Promise<Answer> {
  try {
    return { type: 'value', value: await work() };
  } catch (error) {
    if (error instanceof PythonError) return { type: 'raised', name: error.name, message: error.message };
    return { type: 'failed', problems: problemsOf(toArpoEnvError(error)) };
  }
}

/** The reverse of `answerOf`. */
export function unwrap(answer: Answer): unknown {
  if (answer.type === 'value') return answer.value;
  if (answer.type === 'failed') throw errorOf(answer.problems);
  throw new PythonError(answer.name, answer.message);
}

export function problemsOf(error: ArpoEnvError): Problem[] {
  return causesOf(error).map((cause) => cause.toJSON());
}

/** The reverse of `problemsOf`. */
export function errorOf([problem, ...causes]: readonly Problem[]): ArpoEnvError {
  if (problem === undefined) throw new Error('an error without a problem');
  return new ArpoEnvError(problem, causes.length === 0 ? undefined : { cause: errorOf(causes) });
}
