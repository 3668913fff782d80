/** Which log file `arpo-env logs` means. */
import { ArpoEnvError } from '../errors.js';
import { logFiles } from './log-file.js';
import { listRuns, type RunKind } from './registry.js';
import type { StateFolder } from './state-folder.js';

export interface FoundLog {
  path: string;
  /** False when it is what a dead or stopped one left. */
  runs: boolean;
}

/** The newest one's that runs, else the last that was written. Throws E_NO_LOG when there is none. */
export async function findLog(state: StateFolder, kind: RunKind): Promise<FoundLog> {
  const running = (await listRuns(state.runs)).running.filter((run) => run.kind === kind);
  const newest = running.sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
  if (newest?.logFile) return { path: newest.logFile, runs: true };
  if (newest) {
    throw new ArpoEnvError({
      code: 'E_NO_LOG',
      message: `the ${kind} pid ${newest.process.pid} logs to its terminal`,
      fix: `as a service: journalctl --user --unit 'arpo-env-*' -f; to have a file, start it with --detach`,
    });
  }
  const [last] = await logFiles(state.logs, kind);
  if (last !== undefined) return { path: last, runs: false };
  throw new ArpoEnvError({
    code: 'E_NO_LOG',
    message: `no ${kind} runs here, and none has left a log in ${state.logs}`,
    fix: `start one in the background: arpo-env ${kind === 'server' ? 'serve' : 'tunnel HOST'} --detach`,
  });
}
