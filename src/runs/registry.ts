/** What of ours runs on this machine: one file per server or tunnel, believed only while its very process lives. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { groupMembers, identifyProcess, isRunning, terminateGroup } from '../host/process.js';
import { errno } from '../lib/errno.js';
import { packageVersion } from '../lib/package.js';
import { writeAtomically } from '../lib/write-atomically.js';
import type { RunKind } from './kinds.js';
import { describeRun, parseRun, type Run, type RunDetails } from './run.js';
import { stateError } from './state-error.js';

/** This process's entry. Disposing removes it. */
export interface Registration<Kind extends RunKind> extends AsyncDisposable {
  update(changes: Partial<RunDetails<Kind>>): Promise<void>;
}

export interface RunList {
  running: Run[];
  /** Entries whose process is gone: killed, crashed, or from before a reboot. */
  stale: StaleEntry[];
}

export interface StaleEntry {
  file: string;
  /** Null when the file cannot be read as an entry. */
  run: Run | null;
  /** Pids of its helper's group that still live. */
  orphans: number[];
}

/** Enters this process. Throws E_NO_PERMISSION when the folder cannot be written. */
export async function registerRun<Kind extends RunKind>(
  folder: string,
  details: RunDetails<Kind>,
): Promise<Registration<Kind>> {
  const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  let entry = {
    ...details,
    process: await identifySelf(),
    startedAt,
    version: packageVersion(),
  };
  const file = join(folder, `${details.kind}-${process.pid}.json`);
  await writeEntry(file, entry);
  return {
    async update(changes) {
      entry = { ...entry, ...changes };
      await writeEntry(file, entry);
    },
    [Symbol.asyncDispose]: () => rm(file, { force: true }),
  };
}

/** Everything in the folder, told apart by whether its process lives. Changes nothing. */
export async function listRuns(folder: string): Promise<RunList> {
  const files = await readdir(folder).catch((error: unknown) => {
    // Where no folder can be, none has ever been made.
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return [];
    throw stateError(error, folder, dirname(folder));
  });
  const list: RunList = { running: [], stale: [] };
  for (const name of files.filter((name) => name.endsWith('.json')).sort()) {
    const file = join(folder, name);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue; // it stopped between readdir and here
    const run = parseRun(text);
    if (run !== null && (await isRunning(run.process))) {
      list.running.push(run);
    } else {
      const orphans = run?.helper ? await groupMembers(run.helper) : [];
      list.stale.push({ file, run, orphans });
    }
  }
  return list;
}

/** Ends what a dead run left running and forgets the run. Throws E_BACKGROUND when that survives SIGKILL. */
export async function clearStaleEntry({ file, run, orphans }: StaleEntry): Promise<void> {
  if (run?.helper && (await terminateGroup(run.helper)) === 'survived') {
    throw new ArpoEnvError({
      code: 'E_BACKGROUND',
      message: `pid ${orphans.join(', ')}, left by a dead ${run.kind}, does not end`,
      fix: `see what it hangs in: ps -o pid,stat,wchan,command -p ${orphans.join(',')}`,
    });
  }
  if (run?.statusSocket) await rm(run.statusSocket, { force: true });
  await rm(file, { force: true });
}

/** `server pid 4711 (http://127.0.0.1:18082)`, for a line about an entry. */
export function describeStaleEntry({ file, run, orphans }: StaleEntry): string {
  if (run === null) return `the damaged entry ${file}`;
  const left = orphans.length === 0 ? '' : `; it left pid ${orphans.join(', ')} running`;
  return `${describeRun(run)}, which ended without stopping${left}`;
}

async function identifySelf(): Promise<Run['process']> {
  const self = await identifyProcess(process.pid);
  if (self !== null) return self;
  throw new ArpoEnvError({
    code: 'E_PROCESS_TABLE',
    message: `pid ${process.pid}, this process, is not in the process table`,
    fix: 'mount /proc (Linux) or install ps, so that running servers can be told from dead ones',
  });
}

async function writeEntry(file: string, entry: object): Promise<void> {
  try {
    await writeAtomically(file, `${JSON.stringify(entry, null, 2)}\n`);
  } catch (error) {
    throw stateError(error, file, dirname(dirname(file)));
  }
}
