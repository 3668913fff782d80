/** Which log file `arpo-env logs` means. */
import { ArpoEnvError } from '../errors.js';
import { RUN_KINDS, type RunKind } from './kinds.js';
import { logFiles } from './log-file.js';
import { listRuns } from './registry.js';
import { type RunSelector, requireOne, selectRuns } from './select.js';
import type { StateFolder } from './state-folder.js';

export interface FoundLog {
  path: string;
  kind: RunKind;
  /** False when it is what a dead or stopped one left. */
  runs: boolean;
}

/** Whose log is shown when nobody says whose. */
const DEFAULT_KIND: RunKind = 'server';

/**
 * That of the one that runs, else the last of its kind that was written. Throws E_NO_LOG when there is none, E_USAGE when
 * several have one or nothing has the name.
 */
export async function findLog(state: StateFolder, selector: RunSelector): Promise<FoundLog> {
  const wanted =
    selector.name === undefined ? { ...selector, kind: selector.kind ?? DEFAULT_KIND } : selector;
  const found = selectRuns((await listRuns(state.runs)).running, wanted);
  const logged = found.flatMap((run) => (run.logFile === null ? [] : [{ ...run, logFile: run.logFile }]));
  requireOne(logged, wanted, 'logs');
  const [one] = logged;
  if (one !== undefined) return { path: one.logFile, kind: one.kind, runs: true };
  const [silent] = found;
  if (silent !== undefined) throw logsElsewhere(silent.kind, silent.process.pid);
  return lastLog(state, wanted.kind ?? DEFAULT_KIND);
}

async function lastLog(state: StateFolder, kind: RunKind): Promise<FoundLog> {
  const [last] = await logFiles(state.logs, kind);
  if (last !== undefined) return { path: last, kind, runs: false };
  throw new ArpoEnvError({
    code: 'E_NO_LOG',
    message: `no ${kind} runs here, and none has left a log in ${state.logs}`,
    fix: `start one in the background: ${RUN_KINDS[kind].start}`,
  });
}

function logsElsewhere(kind: RunKind, pid: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_NO_LOG',
    message: `the ${kind} pid ${pid} logs to its terminal`,
    fix: `as a service: journalctl --user --unit 'arpo-env-*' -f; to have a file, start it with --detach`,
  });
}
