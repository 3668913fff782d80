/** What a probe can find out, and the request by which it does. */
import { parseJson } from '../../lib/json.js';
import { problemSchema } from '../../lib/problem.js';
import type { RemoteAddress } from '../../ssh/connection/connection.js';
import { addressName, isUnixSocket, reachable } from '../../ssh/connection/connection.js';

export type ProbeResult =
  /** The local side answered; `rttMs` is the time to open a channel on the cluster, if one was. */
  | { kind: 'ok'; rttMs: number | null; status: number }
  | { kind: 'local-down'; message: string }
  /** Accepted and not answered, or not in HTTP. */
  | { kind: 'no-answer'; message: string }
  /** The SSH server did not even say whether it connects. */
  | { kind: 'mute' }
  /** Nothing listens on the cluster's side. */
  | { kind: 'forward-lost' }
  /** The server allows no channels from its side (`AllowTcpForwarding remote`, `PermitOpen`), and no command that could help. */
  | { kind: 'forbidden' };

export function hostHeader(listener: RemoteAddress): string {
  return isUnixSocket(listener)
    ? 'localhost'
    : addressName({ bind: reachable(listener.bind), port: listener.port });
}

/** Our own answer for a local side that is down (bad-gateway.ts): its body says why. */
export function localDownResult(body: string): ProbeResult {
  const problem = parseJson(body, problemSchema);
  return { kind: 'local-down', message: problem?.message ?? 'nothing answers at the local end' };
}
