/** A change of state as a person reads it: while it happens, and later in the log. */
import { formatDuration } from '../../ui/format.js';
import type { TunnelEvent } from '../state.js';

/** `14:02:11 up: …`, without the fix that its problem may have. */
export function eventLine({ at, state, message, downtimeMs, retryInMs }: TunnelEvent): string {
  const line = `${new Date(at).toTimeString().slice(0, 8)} ${state}: ${message}`;
  if (state === 'up' && downtimeMs !== undefined)
    return `${line} (again, after ${formatDuration(downtimeMs)} without service)`;
  if (state !== 'waiting' || retryInMs === undefined) return line; // for a person it waits without a limit
  return `${line} (${retryInMs === 0 ? 'trying again at once' : `next attempt within ${formatDuration(retryInMs)}`})`;
}

/** A line of a tunnel's log: an event as above, anything else as it stands. */
export function logLine(line: string): string {
  try {
    const event = JSON.parse(line) as Partial<TunnelEvent>;
    return event.state && event.at ? eventLine(event as TunnelEvent) : line;
  } catch {
    return line; // what a crash printed between the documents
  }
}
