/** Joins an SSH channel and a TCP socket: both directions with backpressure, half-closed ends kept, either end's failure passed on. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onAbort } from '../../lib/wait.js';
import type { ReusedReads, Taken } from './reused-reads.js';
import type { Uplink } from './uplink.js';

export interface JoinOptions {
  /** The end of the SSH connection that the channel belongs to. */
  ended: AbortSignal;
  /** What all channels of the connection share. Default: the channel's own measure is all there is. */
  uplink?: Uplink | null;
  /** What the socket was connected with. Default: it reads as Node's sockets do. */
  reads?: ReusedReads;
  onToSocket?: (chunk: Buffer) => void;
  onToChannel?: (chunk: Buffer) => void;
}

/** `socket` must allow half-open. Works for a tunnel's channels and for those of an ssh2 server. */
export function join(
  channel: Duplex & { eof(): void; close(): void },
  socket: Socket,
  options: JoinOptions,
): void {
  const { ended, onToSocket } = options;
  receive(channel, socket);
  if (onToSocket) channel.on('data', onToSocket);
  send(socket, channel, options);

  let eofSent = false;
  socket.once('end', () => {
    // The empty write is queued behind all data, so its callback is the moment when EOF may go out.
    channel.write(Buffer.alloc(0), () => {
      channel.eof();
      eofSent = true;
      if (socket.destroyed) channel.close();
    });
  });
  // A broken end shows at the other one as a closed connection; there is nobody else to tell. The channel's only error
  // is data for a peer that has just closed it.
  socket.on('error', () => {});
  channel.on('error', () => socket.destroy());
  socket.once('close', () => {
    if (eofSent || !socket.readableEnded) channel.close();
    // What still comes has no taker; unread it would hold back the channel's own end.
    channel.resume();
    cutOff[Symbol.dispose]();
  });
  channel.once('close', () => socket.destroySoon());
  const cutOff = onAbort(ended, () => socket.destroy());
}

/** A chunk of more is part of a body, of which more follows in the same turn of the event loop. */
const SMALL = 16 * 1024;
/** What may wait for a reader here, or for the rest of a turn: beside it wait the two windows that ssh2 has filled. */
const MOST_WAITING = 256 * 1024;

/** As a pipe that writes in one piece what one turn of the event loop brings: each call of the system for 32 KiB costs more than its copy. */
function receive(channel: Duplex, socket: Socket): void {
  channel.on('data', (chunk: Buffer) => {
    if (chunk.length > SMALL && socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => {
        socket.uncork();
        // The kernel has not taken all: its reader is slower than the cluster.
        if (socket.writableLength > 0) channel.pause();
      });
    }
    socket.write(chunk);
    if (socket.writableLength >= MOST_WAITING) channel.pause();
  });
  socket.on('drain', () => channel.resume());
  channel.once('end', () => socket.end());
}

/** Held for a peer whose window is full. ssh2 would let it be 2 MiB, which counts when many do not read. */
const MOST_HELD = 256 * 1024;

/** As a pipe that never ends the channel: for a server's one ssh2 turns `end()` into a full close, which would cut the other direction. */
function send(socket: Socket, channel: Duplex, { uplink = null, reads, onToChannel }: JoinOptions): void {
  const resume = () => void socket.resume();
  const take = (chunk: Buffer): Taken => {
    onToChannel?.(chunk);
    if (!channel.writable) return { isKept: false, isEnough: false }; // closed meanwhile: the socket follows
    if (channel.writableLength + chunk.length >= MOST_HELD) {
      channel.write(chunk, resume);
      return { isKept: channel.writableLength > 0, isEnough: true };
    }
    if (uplink) uplink.together(() => channel.write(chunk));
    else channel.write(chunk);
    const isEnough = uplink?.isFull ?? false;
    if (isEnough) uplink?.onceEmpty(resume);
    return { isKept: channel.writableLength > 0, isEnough };
  };
  if (reads) {
    reads.start(socket, take);
  } else {
    socket.on('data', (chunk: Buffer) => {
      if (take(chunk).isEnough) socket.pause();
    });
  }
}
