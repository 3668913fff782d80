/** Pausing and resuming a desktop within a time limit of our own: a provider that hangs in it has lost the desktop. */
import { ArpoEnvError } from '../errors.js';
import { abortable, withDeadline } from '../lib/wait.js';
import type { Desktop } from '../providers/provider.js';

const TIMEOUT_MS = 60_000;

/** Throws E_TIMEOUT, the provider's error, or the signal's reason. */
export async function pause(desktop: Desktop, signal: AbortSignal): Promise<void> {
  await withDeadline(signal, TIMEOUT_MS, tooSlow('paused', desktop), (deadline) =>
    abortable(desktop.pause(), deadline),
  );
}

/** Like `pause`. */
export async function resume(desktop: Desktop, signal: AbortSignal): Promise<void> {
  await withDeadline(signal, TIMEOUT_MS, tooSlow('resumed', desktop), (deadline) =>
    abortable(desktop.resume(), deadline),
  );
}

function tooSlow(what: string, { id }: Desktop) {
  return () =>
    new ArpoEnvError({
      code: 'E_TIMEOUT',
      message: `desktop ${id} was not ${what} within ${TIMEOUT_MS / 1000}s`,
      fix: 'reset the env: it gets another desktop',
    });
}
