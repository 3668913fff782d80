/** Looks again and again, and says it whenever the verdict is another one. */
import { sleep } from '../lib/wait.js';
import type { DoctorReport } from './doctor.js';
import { verdictKey } from './verdict.js';

export interface WatchOptions {
  look: () => Promise<DoctorReport>;
  /** The last one that was shown. */
  first: DoctorReport;
  /** Between two looks. */
  pauseMs: number;
  onChange: (report: DoctorReport) => Promise<void>;
  signal: AbortSignal;
}

/** Ends with the signal's reason. */
export async function watch({ look, first, pauseMs, onChange, signal }: WatchOptions): Promise<never> {
  let last = verdictKey(first.verdict);
  for (;;) {
    await sleep(pauseMs, signal);
    const report = await look();
    const now = verdictKey(report.verdict);
    if (now !== last) await onChange(report);
    last = now;
  }
}
