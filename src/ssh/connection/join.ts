/** Joins an SSH channel and a TCP socket: both directions with backpressure, half-closed ends kept, either end's failure passed on. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onAbort } from '../../lib/wait.js';
import type { Uplink } from './uplink.js';

export interface JoinOptions {
  /** The end of the SSH connection that the channel belongs to. */
  ended: AbortSignal;
  /** What all channels of the connection share. Default: the channel's own measure is all there is. */
  uplink?: Uplink | null;
  onToSocket?: (chunk: Buffer) => void;
  onToChannel?: (chunk: Buffer) => void;
}

/** `socket` must allow half-open. Works for a tunnel's channels and for those of an ssh2 server. */
export function join(
  channel: Duplex & { eof(): void; close(): void },
  socket: Socket,
  { ended, uplink = null, onToSocket, onToChannel }: JoinOptions,
): void {
  channel.pipe(socket);
  send(socket, channel, uplink);
  if (onToSocket) channel.on('data', onToSocket);
  if (onToChannel) socket.on('data', onToChannel);

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

/** Held for a peer whose window is full. ssh2 would let it be 2 MiB, which counts when many do not read. */
const MOST_HELD = 256 * 1024;

/** As a pipe that never ends the channel: for a server's one ssh2 turns `end()` into a full close, which would cut the other direction. */
function send(socket: Socket, channel: Duplex, uplink: Uplink | null): void {
  const resume = () => void socket.resume();
  socket.on('data', (chunk: Buffer) => {
    if (!channel.writable) return; // closed meanwhile: the socket follows
    if (channel.writableLength + chunk.length >= MOST_HELD) {
      socket.pause();
      channel.write(chunk, resume);
    } else {
      channel.write(chunk);
      if (!uplink?.isFull) return;
      socket.pause();
      uplink.onceEmpty(resume);
    }
  });
}
