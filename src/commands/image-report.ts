/** How far `image get` is, as a person reads it: a line that changes, or one line for each percent. */
import type { ImageReport } from '../providers/images/archive.js';
import type { Console, Progress } from '../ui/console.js';
import { formatBytes } from '../ui/format.js';

/** Where no size is known. */
const STEP_BYTES = 64e6;

export function imageReport(console: Console, progress: Progress): ImageReport {
  let what = '';
  let shown = '';
  const steps = console.interactive ? 1000 : 100;
  return {
    doing(text) {
      what = text;
      progress.update(text);
    },
    bytes(done, total) {
      const step =
        total === null ? Math.floor(done / STEP_BYTES) : Math.floor((done / Math.max(total, 1)) * steps);
      if (shown === `${what} ${step}`) return;
      shown = `${what} ${step}`;
      const share =
        total === null
          ? ''
          : ` of ${formatBytes(total)} (${Math.floor((done / Math.max(total, 1)) * 100)} %)`;
      progress.update(`${what}: ${formatBytes(done)}${share}`);
    },
  };
}
