/** Ends running instances and clears up after dead ones, several at once. */
import { ArpoEnvError } from '../errors.js';
import { terminateProcess } from '../host/process.js';
import { clearStaleEntry, type Instance, type InstanceKind, listInstances } from './registry.js';

export interface StopOptions {
  /** Folder of the registry. */
  folder: string;
  /** Undefined: all kinds. */
  only: InstanceKind | undefined;
  signal: AbortSignal;
  /** Milliseconds from SIGTERM to SIGKILL. Default 30 s: a server first stops its desktops. */
  graceMs?: number;
  onStop?: (stopped: StoppedInstance) => void;
}

export interface StoppedInstance {
  kind: InstanceKind;
  url: string;
  pid: number;
  /** `cleared`: it had died before, and its entry and what it left running are gone. */
  how: 'exited' | 'killed' | 'cleared';
}

const GRACE_MS = 30_000;

/** Returns when all of them have ended; empty when nothing ran. Throws E_BACKGROUND for one that survives SIGKILL. */
export async function stopInstances(options: StopOptions): Promise<StoppedInstance[]> {
  const { folder, only, onStop } = options;
  const isWanted = (kind: InstanceKind | undefined) => only === undefined || kind === only;
  const { running } = await listInstances(folder);
  const stopped: StoppedInstance[] = await Promise.all(
    running
      .filter(({ kind }) => isWanted(kind))
      .map(async (instance) => {
        const outcome = { ...namesOf(instance), how: await end(instance, options) };
        onStop?.(outcome);
        return outcome;
      }),
  );
  // Those that had died before, and what a killed one could not put in order itself.
  for (const entry of (await listInstances(folder)).stale) {
    if (!isWanted(entry.instance?.kind)) continue;
    await clearStaleEntry(entry);
    const { instance } = entry;
    if (instance === null || stopped.some(({ pid }) => pid === instance.process.pid)) continue;
    const outcome = { ...namesOf(instance), how: 'cleared' as const };
    onStop?.(outcome);
    stopped.push(outcome);
  }
  return stopped;
}

async function end(
  instance: Instance,
  { signal, graceMs = GRACE_MS }: StopOptions,
): Promise<'exited' | 'killed'> {
  const how = await terminateProcess(instance.process, { graceMs, signal });
  if (how !== 'survived') return how;
  const { pid } = instance.process;
  throw new ArpoEnvError({
    code: 'E_BACKGROUND',
    message: `${instance.kind} pid ${pid} did not end on SIGKILL`,
    fix: `look at what it hangs in: ps -o pid,stat,wchan,command -p ${pid}`,
  });
}

function namesOf({ kind, url, process }: Instance): Omit<StoppedInstance, 'how'> {
  return { kind, url, pid: process.pid };
}
