/** The fixes that are safe: shown, asked for, applied. What they did is for the next look to see. */
import type { Check, Fix } from './check.js';
import type { DoctorReport } from './doctor.js';

export interface OfferedFix {
  check: Check;
  fix: Fix;
}

export interface FixOutcome extends OfferedFix {
  applied: boolean;
  /** Why it did not work; null when it did, or was not wanted. */
  error: string | null;
}

/** What could be fixed without a person, nearest link first. */
export function offeredFixes({ results }: DoctorReport): OfferedFix[] {
  return results.flatMap(({ check, finding }) =>
    'safeFix' in finding && finding.safeFix ? [{ check, fix: finding.safeFix }] : [],
  );
}

/** Rejects only with the signal's reason. */
export async function applyFixes(
  offered: readonly OfferedFix[],
  wanted: (fix: OfferedFix) => Promise<boolean>,
  signal: AbortSignal,
): Promise<FixOutcome[]> {
  const outcomes: FixOutcome[] = [];
  for (const offer of offered) {
    signal.throwIfAborted();
    if (!(await wanted(offer))) {
      outcomes.push({ ...offer, applied: false, error: null });
      continue;
    }
    const error = await offer.fix.apply(signal).then(
      () => null,
      (reason: Error) => reason.message,
    );
    signal.throwIfAborted();
    outcomes.push({ ...offer, applied: error === null, error });
  }
  return outcomes;
}
