/** What a person reads of checked tasks: those with which something is wrong, and the sums. */
import { counted } from '../ui/format.js';
import { renderTable } from '../ui/table.js';
import type { CheckedTask } from './check-tasks.js';
import { domainOf, isUsable, type Summary } from './summary.js';

/** As many rows are read one by one; more of them are told by what they have in common. */
const MOST_ROWS = 40;

export interface ReportOptions {
  /** Each task, also those with which all is well. */
  all: boolean;
  /** Longest line. */
  width: number | undefined;
}

export function tasksReport(
  tasks: readonly CheckedTask[],
  summary: Summary,
  { all, width }: ReportOptions,
): string {
  const shown = all ? tasks : tasks.filter((task) => !isUsable(task));
  const parts = [
    ...(shown.length === 0
      ? []
      : [all || shown.length <= MOST_ROWS ? rowsOf(shown, width) : groupsOf(shown, width)]),
    domainsOf(summary, width),
    verdict(summary),
  ];
  return parts.join('\n\n');
}

function rowsOf(tasks: readonly CheckedTask[], width: number | undefined): string {
  const rows = tasks.map((task) => [
    domainOf(task),
    task.id,
    task.setup === 'ok' ? 'ok' : 'no',
    task.judge ?? 'nobody',
    wrongWith(task),
  ]);
  const fixes = [...new Set(tasks.flatMap(({ fix }) => fix ?? []))];
  const table = renderTable(['domain', 'task', 'set-up', 'judge', 'missing'], rows, { width });
  return [
    table,
    ...(fixes.length === 0 ? [] : ['', ...fixes.slice(0, MOST_FIXES).map((fix) => `→ ${fix}`)]),
  ].join('\n');
}

const MOST_FIXES = 10;

/** The same lack is told once. */
function groupsOf(tasks: readonly CheckedTask[], width: number | undefined): string {
  const groups = new Map<string, { count: number; wrong: string; fix: string }>();
  for (const task of tasks) {
    const group = { count: 0, wrong: wrongWith(task), fix: task.fix ?? '' };
    const key = JSON.stringify([group.wrong, group.fix]);
    const known = groups.get(key) ?? group;
    groups.set(key, { ...known, count: known.count + 1 });
  }
  const rows = [...groups.values()]
    .sort((one, other) => other.count - one.count)
    .map(({ count, wrong, fix }) => [String(count), wrong, fix]);
  const more = rows.length > MOST_ROWS ? [`… and ${rows.length - MOST_ROWS} more kinds`] : [];
  const table = renderTable(['tasks', 'missing', 'fix'], rows.slice(0, MOST_ROWS), {
    align: ['right', 'left', 'left'],
    width,
  });
  return [table, ...more, '--all names each task'].join('\n');
}

function wrongWith({ missing, setup }: CheckedTask): string {
  if (missing.length > 0) return missing.join(', ');
  const { message } = setup === 'ok' ? { message: '' } : setup;
  return message.length > MOST_WORDS ? `${message.slice(0, MOST_WORDS)}…` : message;
}

/** Who wants all of it has --json. */
const MOST_WORDS = 300;

function domainsOf({ domains, ...sums }: Summary, width: number | undefined): string {
  const row = (name: string, { total, scorable, usable }: Summary['domains'][string]) => [
    name,
    ...[total, scorable, usable].map(String),
  ];
  const rows = Object.entries(domains).map(([name, counts]) => row(name, counts));
  if (rows.length > 1) rows.push(row('all', sums));
  return renderTable(['domain', 'tasks', 'scored', 'usable'], rows, {
    align: ['left', 'right', 'right', 'right'],
    width,
  });
}

function verdict({ total, usable, judges: { native, osworld } }: Summary): string {
  const by = [
    ...(native > 0 ? [`${native} by our own metrics`] : []),
    ...(osworld > 0 ? [`${osworld} by OSWorld's own evaluators`] : []),
  ].join(', ');
  const scored = by === '' ? '' : ` (scored: ${by})`;
  return usable === total
    ? `✓ ${total === 1 ? 'the task' : `all ${total} tasks`} can be set up and scored${scored}`
    : `✗ ${usable} of ${counted(total, 'task')} can be set up and scored${scored}`;
}
