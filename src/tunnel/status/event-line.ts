/** A change of state as a person reads it: while it happens, and later in the log. */
import { z } from 'zod';
import { parseJson } from '../../lib/json.js';
import { formatDuration } from '../../ui/format.js';
import { TUNNEL_STATES } from '../state.js';

/** What a line tells of an event. */
const toldSchema = z.object({
  at: z.string(),
  state: z.enum(TUNNEL_STATES),
  message: z.string(),
  downtimeMs: z.number().optional(),
  retryInMs: z.number().optional(),
});

/** `14:02:11 up: …`, without the fix that its problem may have. */
export function eventLine({
  at,
  state,
  message,
  downtimeMs,
  retryInMs,
}: z.output<typeof toldSchema>): string {
  const line = `${new Date(at).toTimeString().slice(0, 8)} ${state}: ${message}`;
  if (state === 'up' && downtimeMs !== undefined)
    return `${line} (again, after ${formatDuration(downtimeMs)} without service)`;
  if (state !== 'waiting' || retryInMs === undefined) return line; // for a person it waits without a limit
  return `${line} (${retryInMs === 0 ? 'trying again at once' : `next attempt within ${formatDuration(retryInMs)}`})`;
}

/** A line of a tunnel's log: an event as above, anything else as it stands. */
export function logLine(line: string): string {
  const event = parseJson(line, toldSchema);
  return event ? eventLine(event) : line; // e.g. what a crash printed between the documents
}
