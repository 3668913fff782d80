/** Ends runs and clears up after dead ones, several at once. */
import { isDeepStrictEqual } from 'node:util';
import { ArpoEnvError } from '../errors.js';
import { terminateProcess } from '../host/process.js';
import { RUN_KINDS, type RunKind } from './kinds.js';
import type { FindLeftDesktops, LeftDesktop } from './left-desktops.js';
import { clearStaleEntry, listRuns } from './registry.js';
import type { Run } from './run.js';
import { type RunSelector, requireOne, selectRuns } from './select.js';

export interface StopOptions {
  /** Folder of the registry. */
  folder: string;
  selector: RunSelector;
  signal: AbortSignal;
  /** Milliseconds from SIGTERM to SIGKILL. Default: those of its kind. */
  graceMs?: number | undefined;
  onStop?: (stopped: StoppedRun) => void;
  /** Default: nobody looks for desktops. */
  findLeftDesktops?: FindLeftDesktops;
  /** Hears of each that is gone. */
  onRemoved?: (desktop: LeftDesktop) => void;
  /** Hears where nobody could look for desktops, one sentence each. */
  onUnseen?: (text: string) => void;
}

export interface StoppedRun {
  kind: RunKind;
  url: string;
  pid: number;
  /** `cleared`: it had died before, and its entry and what it left running are gone. */
  how: 'exited' | 'killed' | 'cleared';
}

/**
 * All of the selector's kind, or the one that it names. Returns when they have ended; empty when nothing ran. Throws
 * E_BACKGROUND for one that survives SIGKILL, E_USAGE for a name that fits none or several.
 */
export async function stopRuns(options: StopOptions): Promise<StoppedRun[]> {
  const { folder, selector, onStop } = options;
  const { running, stale } = await listRuns(folder);
  const known = [...running, ...stale.flatMap(({ run }) => run ?? [])];
  const selected = selectRuns(known, selector);
  if (selector.name !== undefined) requireOne(selected, selector, 'stop');
  const stopped: StoppedRun[] = await Promise.all(
    running
      .filter((run) => selected.includes(run))
      .map(async (run) => {
        const outcome = { ...namesOf(run), how: await end(run, options) };
        onStop?.(outcome);
        return outcome;
      }),
  );
  // Those that had died before, and what a killed one could not put in order itself.
  const meant = (await listRuns(folder)).stale.filter(({ run }) => isMeant(run, selector, selected));
  await removeDesktopsOf(
    options,
    selected,
    meant.flatMap(({ run }) => run ?? []),
  );
  for (const entry of meant) {
    await clearStaleEntry(entry);
    const { run } = entry;
    if (run === null || stopped.some(({ pid }) => pid === run.process.pid)) continue;
    const outcome = { ...namesOf(run), how: 'cleared' as const };
    onStop?.(outcome);
    stopped.push(outcome);
  }
  return stopped;
}

/** Those of the selected servers, or of every dead one. Entries are cleared after it, as they say where to look. */
async function removeDesktopsOf(
  { selector, findLeftDesktops, onRemoved, onUnseen }: StopOptions,
  selected: readonly Run[],
  dead: readonly Run[],
): Promise<void> {
  if (!findLeftDesktops || (selector.kind !== undefined && selector.kind !== 'server')) return;
  const { found, unseen } = await findLeftDesktops(dead);
  const meant = found.filter(
    ({ server }) =>
      selector.name === undefined || selected.some((run) => isDeepStrictEqual(run.process, server)),
  );
  await Promise.all(meant.map((desktop) => desktop.remove().then(() => onRemoved?.(desktop))));
  for (const text of unseen) onUnseen?.(text);
}

/** A damaged entry is cleared when everything is. */
function isMeant(run: Run | null, { kind, name }: RunSelector, selected: readonly Run[]): boolean {
  if (run === null) return kind === undefined && name === undefined;
  if (name === undefined) return kind === undefined || run.kind === kind;
  return selected.some((one) => one.kind === run.kind && isDeepStrictEqual(one.process, run.process));
}

async function end(
  run: Run,
  { signal, graceMs = RUN_KINDS[run.kind].graceMs }: StopOptions,
): Promise<'exited' | 'killed'> {
  const how = await terminateProcess(run.process, { graceMs, signal });
  if (how !== 'survived') return how;
  const { pid } = run.process;
  throw new ArpoEnvError({
    code: 'E_BACKGROUND',
    message: `${run.kind} pid ${pid} did not end on SIGKILL`,
    fix: `see what it hangs in: ps -o pid,stat,wchan,command -p ${pid}`,
  });
}

function namesOf({ kind, url, process }: Run): Omit<StoppedRun, 'how'> {
  return { kind, url, pid: process.pid };
}
