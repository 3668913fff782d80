/** What a tunnel tells the world about itself: its states, why they change, and the events that say so. */
import type { Problem } from '../errors.js';

/** `connecting → authenticating → forwarding → up ⇄ degraded → waiting → connecting …`, and `stopped` for good. */
export const TUNNEL_STATES = [
  'connecting',
  'authenticating',
  'forwarding',
  'up',
  'degraded',
  'waiting',
  'stopped',
] as const;
export type TunnelState = (typeof TUNNEL_STATES)[number];

export type TunnelReason =
  /** The next stage of a healthy connection. */
  | 'progress'
  /** A request went from the cluster's side through the forward to the local service and back. */
  | 'probe-ok'
  /** The server allows the forward, but neither a channel nor a command to test it with: taken as up. */
  | 'probe-forbidden'
  /** The forward stands; nothing answers at its local end. */
  | 'local-down'
  /** The forward stands; the local end accepted the probe and did not answer it in time. */
  | 'no-answer'
  /** The connection stands; nothing listens on the cluster's side any more. */
  | 'forward-lost'
  /** The SSH connection was closed or reset. */
  | 'connection-lost'
  /** Nothing was received for three keepalive intervals, or after a sleep or a change of network: a half-open connection. */
  | 'silent'
  | 'host-unreachable'
  /** ssh_config cannot be used as it stands. */
  | 'ssh-config'
  | 'host-key'
  | 'key-file'
  | 'auth-refused'
  /** Logging in again takes a code that only a person has. */
  | 'person-needed'
  | 'forward-refused'
  /** Somebody else listens on the remote port. */
  | 'port-held'
  /** The server behind it asks for no credentials, which the tunnel was told to refuse. */
  | 'no-token'
  | 'disposed'
  /** A defect of arpo-env, or of the machine that it runs on. */
  | 'internal';

/** One end to end way: what a client on the cluster connects to, and where that comes out. */
export interface ForwardNames {
  /** `http://127.0.0.1:15001`, or `unix:/path/of.sock`; the port is the one that the server gave. */
  url: string;
  /** `127.0.0.1:18082`. */
  local: string;
}

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
  /** With `up` and `degraded`: all forwards. */
  forwards?: ForwardNames[];
  /** With `waiting`: milliseconds until the next attempt, at the latest. */
  retryInMs?: number;
  /** With `up` after an interruption: milliseconds without service, from when that was noticed. */
  downtimeMs?: number;
  /** What failed, when it has a code and a fix. */
  problem?: Problem;
  /** With `up`: what works and should not, namely a forward that lets in everybody with an account on the cluster. */
  notice?: Problem;
}

/** Running totals over all connections of a tunnel. */
export interface TunnelStats {
  /** Forwarded connections so far, the tunnel's own probes among them. */
  connections: number;
  /** Forwarded connections that are open now. */
  open: number;
  /** HTTP requests so far, without the tunnel's own probes. */
  requests: number;
  /** Connections that were answered with 502 because the local side was down. */
  refused: number;
  /** Connections from other machines to a port that is for the cluster alone (`GatewayPorts yes`), turned away. */
  rejected: number;
  /** Bytes from the cluster to the local side. */
  bytesIn: number;
  /** Bytes from the local side to the cluster. */
  bytesOut: number;
  reconnects: number;
  /** Milliseconds without service so far, after the tunnel was up for the first time, each from when it was noticed. */
  downtimeMs: number;
  /** Milliseconds to open a channel on the cluster, at the last probe; null before it and where no channel may be opened. */
  rttMs: number | null;
}

/** How a tunnel is now; what `status --json` and the status socket say. */
export interface TunnelStatus {
  host: string;
  state: TunnelState;
  reason: TunnelReason;
  message: string;
  /** When it came into this state, ISO 8601. */
  since: string;
  /** When the current connection first was up, ISO 8601; null while there is none. */
  upSince: string | null;
  forwards: ForwardNames[];
  /** What ended service the last time; null when nothing has. */
  lastInterruption: { at: string; reason: TunnelReason; message: string } | null;
  problem: Problem | null;
  /** A forward that answers without credentials; null when none is known. */
  notice: Problem | null;
  stats: TunnelStats;
}

/** Why a connection that stood is over. */
export interface SessionEnd {
  reason: TunnelReason;
  message: string;
}
