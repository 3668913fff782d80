/** Notices a half-open connection: one whose peer is gone, frozen or cut off without a word. */
import type { Socket } from 'node:net';
import { onAbort } from '../../lib/wait.js';

/**
 * Calls `onSilent` once when nothing at all was received for two and a half to three keepalive intervals. Any byte counts,
 * not only the answers to our pings: those can wait for long behind screenshots on a slow line. Time is counted in
 * turns of a timer, so that a process that was itself suspended or busy does not take its own pause for silence.
 */
export function watchSilence(
  socket: Pick<Socket, 'bytesRead'>,
  keepaliveMs: number,
  ended: AbortSignal,
  onSilent: () => void,
): void {
  let received = socket.bytesRead;
  let quietTurns = 0;
  const timer = setInterval(() => {
    quietTurns = socket.bytesRead === received ? quietTurns + 1 : 0;
    received = socket.bytesRead;
    if (quietTurns >= 5) onSilent();
  }, keepaliveMs / 2);
  onAbort(ended, () => clearInterval(timer));
}
