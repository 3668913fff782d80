/** What many checked tasks come to. */
import type { CheckedTask } from './check-tasks.js';

export interface Counts {
  total: number;
  /** Somebody can score them. */
  scorable: number;
  /** They can be set up, too. */
  usable: number;
}

export interface Summary extends Counts {
  /** By who scores them. */
  judges: { native: number; osworld: number };
  /** By domain, in the order of the tasks. */
  domains: Record<string, Counts>;
  /** How many tasks lack what. */
  missing: Record<string, number>;
}

export function summaryOf(tasks: readonly CheckedTask[]): Summary {
  const domains = new Map<string, CheckedTask[]>();
  const missing = new Map<string, number>();
  for (const task of tasks) {
    const domain = domainOf(task);
    domains.set(domain, [...(domains.get(domain) ?? []), task]);
    for (const name of task.missing) missing.set(name, (missing.get(name) ?? 0) + 1);
  }
  const scoredBy = (name: string) => tasks.filter(({ judge }) => judge === name).length;
  return {
    ...countsOf(tasks),
    judges: { native: scoredBy('native'), osworld: scoredBy('osworld') },
    domains: Object.fromEntries([...domains].map(([domain, those]) => [domain, countsOf(those)])),
    missing: Object.fromEntries([...missing].sort(([, some], [, others]) => others - some)),
  };
}

export function isUsable({ setup, judge }: CheckedTask): boolean {
  return setup === 'ok' && judge !== null;
}

/** The name that tasks without a domain go by. */
export function domainOf({ domain }: CheckedTask): string {
  return domain ?? '–';
}

function countsOf(tasks: readonly CheckedTask[]): Counts {
  return {
    total: tasks.length,
    scorable: tasks.filter(({ judge }) => judge !== null).length,
    usable: tasks.filter(isUsable).length,
  };
}
