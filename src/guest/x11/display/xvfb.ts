/** Xvfb: an X server whose screen is a file, so that a screenshot is a read of it and no request. */
import { chmod, mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { abortable, withDeadline } from '../../../lib/wait.js';
import { GuestError, type Size } from '../../machine.js';
import type { Background, Processes } from '../processes.js';

export interface Xvfb {
  /** Number of the display. */
  number: number;
  process: Background;
}

/** Where X servers put their sockets. */
export const X_SOCKETS = '/tmp/.X11-unix';
const START_DEADLINE_MS = 20_000;

/**
 * `-displayfd` makes the server tell its number when it accepts connections, and choose a free one when `number` is null:
 * nothing to poll, no race.
 */
export async function startXvfb(
  processes: Processes,
  {
    size,
    authority,
    framebufferFolder,
    number: wanted,
    signal,
  }: {
    size: Size;
    authority: string;
    framebufferFolder: string;
    number: number | null;
    signal: AbortSignal;
  },
): Promise<Xvfb> {
  if (wanted !== null) await makeSocketFolder();
  const server = await processes.start(
    [
      'Xvfb',
      ...(wanted === null ? [] : [`:${wanted}`]),
      ...['-displayfd', '3'],
      ...['-screen', '0', `${size.width}x${size.height}x24`],
      ...['-auth', authority],
      ...['-fbdir', framebufferFolder],
      ...['-nolisten', 'tcp', '-noreset', '-s', '0'],
      // The GL libraries take 60 MB; browsers bring their own.
      ...['-extension', 'GLX', '+extension', 'RANDR'],
    ],
    { extraPipe: true },
  );
  const number = await Promise.race([
    firstNumber(server.extra, signal),
    server.ended.then((how) => {
      throw new GuestError(`Xvfb ended ${how}: ${server.lastLines()}`);
    }),
  ]);
  return { number, process: server };
}

/** A server that does not run as root will not make it; a sandbox begins with an empty /tmp. */
async function makeSocketFolder(): Promise<void> {
  const made = await mkdir(X_SOCKETS, { recursive: true });
  if (made !== undefined) await chmod(X_SOCKETS, 0o1777);
}

async function firstNumber(stream: Readable | null, signal: AbortSignal): Promise<number> {
  const late = () => new GuestError(`Xvfb did not answer within ${START_DEADLINE_MS / 1000} s`);
  return withDeadline(signal, START_DEADLINE_MS, late, (limit) => abortable(readNumber(stream), limit));
}

async function readNumber(stream: Readable | null): Promise<number> {
  let text = '';
  for await (const bytes of stream ?? []) {
    text += bytes;
    if (text.includes('\n')) return Number(text);
  }
  throw new GuestError('Xvfb closed its pipe without a display number');
}
