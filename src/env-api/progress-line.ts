/** One line about what an env is at, from its `/health`, for somebody who waits for it. */
import { formatDuration } from '../ui/format.js';
import { oneLine } from '../ui/harmless.js';
import type { Health } from './schemas.js';

/**
 * `elapsedMs` is all that is known of a Python server's reset. `live`: a line that replaces the one before shows seconds;
 * lines in a log change once a minute.
 */
export function progressLine(progress: Health | { elapsedMs: number }, live: boolean): string {
  if ('elapsedMs' in progress) return `resetting ${duration(progress.elapsedMs / 1000, live)}`;
  const { state, phase, boot_log: lastLine, deadline, boot_elapsed: bootElapsed } = progress;
  const elapsed = deadline === null ? progress.elapsed : (bootElapsed ?? progress.elapsed);
  const parts = [
    `${state} ${duration(elapsed, live)}${deadline === null ? '' : ` of ${formatDuration(deadline * 1000)}`}`,
    ...(state === 'booting' && phase !== null ? [phase] : []),
    ...(state === 'booting' && progress.slow_because ? ['slow'] : []),
    `screenshot ${mark(progress.screenshot)}`,
    `CDP ${mark(progress.chrome_cdp)}`,
    ...(lastLine === null ? [] : [oneLine(lastLine.trim())]),
  ];
  return parts.join(' · ');
}

function duration(seconds: number, live: boolean): string {
  return live ? formatDuration(seconds * 1000) : `${Math.floor(seconds / 60)} min`;
}

function mark(fine: boolean): string {
  return fine ? '✓' : '✗';
}
