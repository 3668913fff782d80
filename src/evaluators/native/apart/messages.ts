/** What an evaluation and its thread say to each other: what the structured clone algorithm carries. */
import type { Action } from '../../../desktop/action.js';
import type { Task } from '../../../desktop/task.js';
import { ArpoEnvError, causesOf, type Problem } from '../../../errors.js';
import type { EvaluationContext } from '../../judge.js';

/** What one evaluation needs. */
export interface Assignment {
  task: Task;
  agent: { url: string; socketPath: string | undefined };
  endpoints: Record<'agent' | 'cdp' | 'vlc', string> & { watch: string | null };
  cacheDir: string;
  clientPassword: string;
  screen: EvaluationContext['screen'];
  actionHistory: readonly Action[];
}

/** To the thread: evaluate, or end the evaluation that runs. */
export type Order = { type: 'evaluate'; assignment: Assignment } | { type: 'abort' };

/** From the thread. */
export type Report =
  /** It is not held up by what it reads or judges. */
  | { type: 'alive' }
  | { type: 'progress'; text: string }
  | { type: 'score'; score: number }
  /** The error and what caused it, outermost first. */
  | { type: 'failed'; problems: Problem[] };

export function assignmentOf(task: Task, context: EvaluationContext): Assignment {
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
  };
}

export function problemsOf(error: ArpoEnvError): Problem[] {
  return causesOf(error).map((cause) => cause.toJSON());
}

/** The reverse of `problemsOf`. */
export function errorOf([problem, ...causes]: readonly Problem[]): ArpoEnvError {
  if (problem === undefined) throw new Error('an error without a problem');
  return new ArpoEnvError(problem, causes.length === 0 ? undefined : { cause: errorOf(causes) });
}
