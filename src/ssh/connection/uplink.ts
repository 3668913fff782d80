/**
 * How much waits to be sent to the server, over all channels together. ssh2 goes by the windows of the channels alone, 2 MiB each,
 * and not by what the network takes: on a slow line hundreds of answers would pile up in memory.
 */
import type { Writable } from 'node:stream';

export interface Uplink {
  /** So much waits that nobody should add to it. */
  readonly isFull: boolean;
  /** What `write` sends goes out in one piece: one call of the system for many packets. */
  together(write: () => void): void;
  /** Calls `listener` once, when nothing waits any more; never when the connection ends first. */
  onceEmpty(listener: () => void): void;
}

/** Enough to keep a fast network busy while those who wait are told. */
const FULL_BYTES = 2 ** 20;

export function watchUplink(stream: Writable): Uplink {
  const waiting = new Set<() => void>();
  stream.on('drain', () => {
    const listeners = [...waiting];
    waiting.clear();
    for (const listener of listeners) listener();
  });
  return {
    get isFull() {
      // Only one that needs it says that it has drained.
      return stream.writableNeedDrain && stream.writableLength >= FULL_BYTES;
    },
    together(write) {
      stream.cork();
      try {
        write();
      } finally {
        stream.uncork();
      }
    },
    onceEmpty: (listener) => void waiting.add(listener),
  };
}
