/** What carries an SSH connection, and how the way there is made: types for all who make one. */
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.js';
import type { Pace } from './pace.js';

/** A stream of our own shows ssh2's traffic, by which liveness is judged. Disposing ends what carries it. */
export interface Wire extends AsyncDisposable {
  readonly stream: Duplex;
  readonly bytesRead: number;
}

/** One hop: `[user@]host[:port]`, and the hosts to go through to reach it when ssh_config shall not say. */
export interface JumpHost {
  host: string;
  jump?: string;
}

export interface DialOptions {
  signal: AbortSignal;
  pace: Pace;
  /** An authenticated connection to a jump host. */
  connectHop: (hop: JumpHost) => Promise<Connection>;
}
