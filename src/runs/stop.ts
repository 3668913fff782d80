/** Ends runs and clears up after dead ones, several at once. */
import { ArpoEnvError } from '../errors.js';
import { terminateProcess } from '../host/process.js';
import { clearStaleEntry, listRuns, type Run, type RunKind } from './registry.js';

export interface StopOptions {
  /** Folder of the registry. */
  folder: string;
  /** Undefined: all kinds. */
  only: RunKind | undefined;
  signal: AbortSignal;
  /** Milliseconds from SIGTERM to SIGKILL. Default 30 s: a server first stops its desktops. */
  graceMs?: number;
  onStop?: (stopped: StoppedRun) => void;
}

export interface StoppedRun {
  kind: RunKind;
  url: string;
  pid: number;
  /** `cleared`: it had died before, and its entry and what it left running are gone. */
  how: 'exited' | 'killed' | 'cleared';
}

const GRACE_MS = 30_000;

/** Returns when all of them have ended; empty when nothing ran. Throws E_BACKGROUND for one that survives SIGKILL. */
export async function stopRuns(options: StopOptions): Promise<StoppedRun[]> {
  const { folder, only, onStop } = options;
  const isWanted = (kind: RunKind | undefined) => only === undefined || kind === only;
  const { running } = await listRuns(folder);
  const stopped: StoppedRun[] = await Promise.all(
    running
      .filter(({ kind }) => isWanted(kind))
      .map(async (run) => {
        const outcome = { ...namesOf(run), how: await end(run, options) };
        onStop?.(outcome);
        return outcome;
      }),
  );
  // Those that had died before, and what a killed one could not put in order itself.
  for (const entry of (await listRuns(folder)).stale) {
    if (!isWanted(entry.run?.kind)) continue;
    await clearStaleEntry(entry);
    const { run } = entry;
    if (run === null || stopped.some(({ pid }) => pid === run.process.pid)) continue;
    const outcome = { ...namesOf(run), how: 'cleared' as const };
    onStop?.(outcome);
    stopped.push(outcome);
  }
  return stopped;
}

async function end(run: Run, { signal, graceMs = GRACE_MS }: StopOptions): Promise<'exited' | 'killed'> {
  const how = await terminateProcess(run.process, { graceMs, signal });
  if (how !== 'survived') return how;
  const { pid } = run.process;
  throw new ArpoEnvError({
    code: 'E_BACKGROUND',
    message: `${run.kind} pid ${pid} did not end on SIGKILL`,
    fix: `look at what it hangs in: ps -o pid,stat,wchan,command -p ${pid}`,
  });
}

function namesOf({ kind, url, process }: Run): Omit<StoppedRun, 'how'> {
  return { kind, url, pid: process.pid };
}
