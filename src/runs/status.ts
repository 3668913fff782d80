/** `arpo-env status`: what of ours runs on this machine, how each one says it is, and what dead ones left. */
import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../ui/format.js';
import { renderTable } from '../ui/table.js';
import { anyKind, type RunKind } from './kinds.js';
import { describeLeftDesktop, type FindLeftDesktops, type LeftDesktop } from './left-desktops.js';
import { clearStaleEntry, describeStaleEntry, listRuns, type StaleEntry } from './registry.js';
import {
  type FindRentedDesktops,
  type RentedDesktops,
  rentedDocument,
  rentedText,
} from './rented-desktops.js';
import { detailsOf, type Run, type RunOf } from './run.js';
import type { RunLook, RunViews } from './views.js';

export interface RunsStatus {
  rows: readonly Row[];
  stale: readonly StaleEntry[];
  /** What dead servers left. */
  leftDesktops: readonly LeftDesktop[];
  /** What costs money by the hour. */
  rented: RentedDesktops;
  /** A line about each stale entry, each desktop that was left, and each place that nobody could look into. */
  warnings: readonly string[];
  /** Every run is well, and no dead one left something. */
  healthy: boolean;
}

interface Row {
  run: Run;
  look: RunLook;
}

const HEADER = ['kind', 'url', 'provider', 'state', 'envs', 'uptime', 'pid', 'log'];

/** Keys that every run's document has, whatever its kind says. */
const UNSAID = { provider: null, envs: null, perEnv: [], tunnel: null };

export interface StatusOptions {
  /** Folder of the registry. */
  folder: string;
  views: RunViews;
  findLeftDesktops: FindLeftDesktops;
  findRentedDesktops: FindRentedDesktops;
  signal: AbortSignal;
}

/** Looks at all of them at once, and forgets the entries of those that died and left nothing. */
export async function statusOfRuns(options: StatusOptions): Promise<RunsStatus> {
  const { folder, views, findLeftDesktops, findRentedDesktops, signal } = options;
  const { running, stale } = await listRuns(folder);
  const dead = stale.flatMap(({ run }) => run ?? []);
  const [rows, { found, unseen }, rented] = await Promise.all([
    Promise.all(running.map(async (run) => ({ run, look: await look(run, views, signal) }))),
    findLeftDesktops(dead),
    findRentedDesktops(),
  ]);
  // What a dead one left is for `stop` and the next `serve` to end, not for a look.
  const isLeft = ({ orphans, run }: StaleEntry) =>
    orphans.length > 0 ||
    (unseen.length > 0 && run?.kind === 'server') ||
    found.some(({ server }) => run !== null && isDeepStrictEqual(server, run.process));
  const left = stale.filter(isLeft);
  for (const entry of stale) if (!left.includes(entry)) await clearStaleEntry(entry);
  const aboutEntries = stale.map((entry) => {
    if (!left.includes(entry)) return `forgot ${describeStaleEntry(entry)}`;
    return entry.orphans.length > 0
      ? `${describeStaleEntry(entry)}; end it: arpo-env stop`
      : describeStaleEntry(entry);
  });
  const aboutDesktops = found.map((desktop) =>
    desktop.isBeingRemoved
      ? describeLeftDesktop(desktop)
      : `${describeLeftDesktop(desktop)}; remove it: arpo-env stop`,
  );
  return {
    ...{ rows, stale, leftDesktops: found, rented },
    // Both looks may have failed for one reason.
    warnings: [...new Set([...aboutEntries, ...aboutDesktops, ...unseen, ...rented.unseen])],
    healthy: left.length === 0 && found.length === 0 && rows.every((row) => row.look.healthy),
  };
}

/** For a machine. */
export function statusDocument({ rows, stale, leftDesktops, rented }: RunsStatus) {
  return {
    runs: rows.map(runDocument),
    stale: stale.map(staleDocument),
    leftDesktops: leftDesktops.map(leftDesktopDocument),
    rented: rentedDocument(rented, Date.now()),
  };
}

/** For a person: a table, what each one says below it, and what costs money. */
export function statusText({ rows, rented }: RunsStatus, width: number | undefined): string {
  const runs =
    rows.length === 0
      ? [`no ${anyKind()} runs here`]
      : [renderTable(HEADER, rows.map(cells), { width }), ...rows.flatMap((row) => row.look.lines)];
  const cost = rented.found.length === 0 ? [] : ['', rentedText(rented, Date.now(), width)];
  return [...runs, ...cost].join('\n');
}

function look<Kind extends RunKind>(
  run: RunOf<Kind>,
  views: RunViews,
  signal: AbortSignal,
): Promise<RunLook> {
  return views[run.kind].look(run, signal);
}

function cells({ run, look: { state } }: Row): string[] {
  const { kind, url, process, logFile, startedAt } = run;
  const { provider, envs } = detailsOf(run);
  const uptime = formatDuration(Date.now() - Date.parse(startedAt));
  return [kind, url, provider, state, envs, uptime, process.pid, logFile].map((cell) => String(cell ?? '–'));
}

function runDocument({ run, look: { state, healthy, document } }: Row) {
  const { kind, url, process, startedAt, logFile, version } = run;
  const known = { ...UNSAID, ...detailsOf(run), ...document };
  return { kind, url, ...known, state, healthy, pid: process.pid, startedAt, logFile, version };
}

function staleDocument({ run, orphans }: StaleEntry) {
  return { kind: run?.kind ?? null, url: run?.url ?? null, pid: run?.process.pid ?? null, orphans };
}

function leftDesktopDocument({ name, provider, server, isBeingRemoved }: LeftDesktop) {
  return { name, provider, server: server?.pid ?? null, isBeingRemoved };
}
