/** The one diagnosis: the broken link nearest to the desktop; without one the nearest warning; else all is well. */
import type { Check, Trouble } from './check.js';
import type { CheckResult } from './engine.js';

export type Verdict =
  | { kind: 'broken' | 'warned'; check: Check; trouble: Trouble }
  /** `looked` is how many checks found something in order. */
  | { kind: 'healthy'; looked: number };

/** `results` in the order of the chain. */
export function verdictOf(results: readonly CheckResult[]): Verdict {
  return (
    first(results, 'fail') ??
    first(results, 'warn') ?? {
      kind: 'healthy',
      looked: results.filter(({ finding }) => finding.status === 'pass').length,
    }
  );
}

function first(results: readonly CheckResult[], status: 'fail' | 'warn'): Verdict | undefined {
  for (const { check, finding } of results) {
    if (finding.status === status)
      return { kind: status === 'fail' ? 'broken' : 'warned', check, trouble: finding };
  }
  return undefined;
}

/** Equal for two verdicts that say the same. */
export function verdictKey(verdict: Verdict): string {
  return verdict.kind === 'healthy' ? verdict.kind : `${verdict.check.id} ${verdict.trouble.seen}`;
}
