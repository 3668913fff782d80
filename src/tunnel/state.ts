/** What a tunnel tells the world about itself: its states, why they change, and the events that say so. */
import type { Problem } from '../errors.js';

/** `connecting → authenticating → forwarding → up ⇄ degraded → waiting → connecting …`, and `stopped` for good. */
export type TunnelState =
  | 'connecting'
  | 'authenticating'
  | 'forwarding'
  | 'up'
  | 'degraded'
  | 'waiting'
  | 'stopped';

export type TunnelReason =
  /** The next stage of a healthy connection. */
  | 'progress'
  /** A request went from the cluster's side through the forward to the local service and back. */
  | 'probe-ok'
  /** The server allows the forward but no channel to test it with: taken as up. */
  | 'probe-forbidden'
  /** The forward stands; nothing answers at its local end. */
  | 'local-down'
  /** The forward stands; the local end accepted the probe and did not answer it in time. */
  | 'no-answer'
  /** The connection stands; nothing listens on the cluster's side any more. */
  | 'forward-lost'
  /** The SSH connection was closed or reset. */
  | 'connection-lost'
  /** Nothing was received for three keepalive intervals: a half-open connection. */
  | 'silent'
  | 'host-unreachable'
  /** ssh_config cannot be used as it stands. */
  | 'ssh-config'
  | 'host-key'
  | 'key-file'
  | 'auth-refused'
  | 'forward-refused'
  /** Somebody else listens on the remote port. */
  | 'port-held'
  | 'disposed'
  /** A defect of arpo-env, or of the machine that it runs on. */
  | 'internal';

/** One change of state; plain data, one NDJSON line each with `--json`. */
export interface TunnelEvent {
  /** ISO 8601. */
  at: string;
  state: TunnelState;
  previous: TunnelState;
  reason: TunnelReason;
  /** One line for a person. */
  message: string;
  /** New connections that reached `up` after the first one did. */
  reconnects: number;
  /** With `waiting`: milliseconds until the next attempt. */
  retryInMs?: number;
  /** With `up` after an interruption: milliseconds without service. */
  downtimeMs?: number;
  /** What failed, when it has a code and a mend. */
  problem?: Problem;
}

/** Running totals over all connections of a tunnel. */
export interface TunnelStats {
  /** Forwarded connections so far. */
  connections: number;
  /** Forwarded connections that are open now. */
  open: number;
  /** Connections that were answered with 502 because the local side was down. */
  refused: number;
  /** Connections from other machines to a port that is for the cluster alone (`GatewayPorts yes`), turned away. */
  rejected: number;
  /** Bytes from the cluster to the local side. */
  bytesIn: number;
  /** Bytes from the local side to the cluster. */
  bytesOut: number;
  reconnects: number;
  /** Milliseconds without service so far, after the tunnel was up for the first time. */
  downtimeMs: number;
  /** Milliseconds to open a channel on the cluster, at the last probe; null before it. */
  rttMs: number | null;
}
