/** `arpo-env doctor --list`: the checks, instead of running them. */
import type { Console } from '../ui/console.js';
import { renderTable } from '../ui/table.js';
import { CHECKS } from './checks/index.js';
import { checkRows } from './report.js';

export function listChecks(console: Console): void {
  const rows = checkRows(CHECKS);
  console.result(renderTable(['check', 'link', 'what', 'on'], rows, { width: console.columns }));
  console.document({ checks: rows.map(([id, link, title, roles]) => ({ id, link, title, roles })) });
}
