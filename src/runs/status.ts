/** `arpo-env status`: what of ours runs on this machine, how each one says it is, and what dead ones left. */
import { formatDuration } from '../ui/format.js';
import { renderTable } from '../ui/table.js';
import { anyKind, type RunKind } from './kinds.js';
import { clearStaleEntry, describeStaleEntry, listRuns, type StaleEntry } from './registry.js';
import { detailsOf, type Run, type RunOf } from './run.js';
import type { RunLook, RunViews } from './views.js';

export interface RunsStatus {
  rows: readonly Row[];
  stale: readonly StaleEntry[];
  /** A line about each stale entry. */
  warnings: readonly string[];
  /** Every run is well, and no dead one left something running. */
  healthy: boolean;
}

interface Row {
  run: Run;
  look: RunLook;
}

const HEADER = ['kind', 'url', 'provider', 'state', 'envs', 'uptime', 'pid', 'log'];

/** Keys that every run's document has, whatever its kind says. */
const UNSAID = { provider: null, envs: null, perEnv: [], tunnel: null };

/** Looks at all of them at once, and forgets the entries of those that died and left nothing. */
export async function statusOfRuns(
  folder: string,
  views: RunViews,
  signal: AbortSignal,
): Promise<RunsStatus> {
  const { running, stale } = await listRuns(folder);
  const rows = await Promise.all(running.map(async (run) => ({ run, look: await look(run, views, signal) })));
  // What a dead one left running is for `stop` and the next `serve` to end, not for a look.
  const left = stale.filter(({ orphans }) => orphans.length > 0);
  for (const entry of stale) if (!left.includes(entry)) await clearStaleEntry(entry);
  const warnings = stale.map((entry) =>
    left.includes(entry)
      ? `${describeStaleEntry(entry)}; end it: arpo-env stop`
      : `forgot ${describeStaleEntry(entry)}`,
  );
  return { rows, stale, warnings, healthy: left.length === 0 && rows.every((row) => row.look.healthy) };
}

/** For a machine. */
export function statusDocument({ rows, stale }: RunsStatus) {
  return { runs: rows.map(runDocument), stale: stale.map(staleDocument) };
}

/** For a person: a table, and what each one says below it. */
export function statusText({ rows }: RunsStatus, width: number | undefined): string {
  if (rows.length === 0) return `no ${anyKind()} runs here`;
  const table = renderTable(HEADER, rows.map(cells), { width });
  return [table, ...rows.flatMap((row) => row.look.lines)].join('\n');
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
