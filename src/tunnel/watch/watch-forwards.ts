/** Probes the forwards of a connection that stands, on schedule and at once when something makes it doubtful. */
import type { ArpoEnvError } from '../../errors.js';
import { onAbort, sleep } from '../../lib/wait.js';
import { addressName, type Connection, ConnectionEnd } from '../../ssh/connection/connection.js';
import type { ForwardSpec } from '../forward/forward.js';
import type { SessionEnd, TunnelReason, TunnelState } from '../state.js';
import { Disturbance, type DisturbanceWatch } from './disturbance.js';
import { isOpen, isShared, openForward } from './open-forward.js';
import { probe } from './probe.js';
import type { ProbeResult } from './probe-result.js';

export interface WatchOptions {
  /** A port of 0 is replaced by the one that the server gave, so that the next connection asks for the same. */
  forwards: ForwardSpec[];
  /** Milliseconds between probes of a tunnel that is up. */
  probeIntervalMs: number;
  machine: DisturbanceWatch;
  /** Ends the session. */
  signal: AbortSignal;
  onState: (state: TunnelState, reason: TunnelReason, message: string) => void;
  onRtt: (milliseconds: number | null) => void;
  /** A forward that answers without credentials ends the session, with E_NO_TOKEN. */
  requireToken: boolean;
  /** Which one that is, in words; null for none. */
  onOpen: (problem: ArpoEnvError | null) => void;
}

const PROBE_TIMEOUT_MS = 10_000;
/** A tunnel that is not up is probed often, so that a server that comes back is noticed at once. */
const DEGRADED_PROBE_MS = 1000;
/** After a disturbance the server says at once whether it connects, or the connection is dead. */
const DOUBT_MS = 1500;
/** On a slow line: so many times what the last probe took. */
const DOUBT_ROUND_TRIPS = 5;

/** Returns when the forward is gone; throws the ConnectionEnd when the connection is. */
export async function watchForwards(connection: Connection, options: WatchOptions): Promise<SessionEnd> {
  const { signal, machine } = options;
  let doubt: Disturbance | null = null;
  let rttMs = 0;
  for (;;) {
    const round = new AbortController();
    using _listener = onAbort(signal, (reason) => round.abort(reason));
    const calm = machine.onDisturbance((disturbance) => round.abort(disturbance));
    try {
      signal.throwIfAborted();
      const timeoutMs: number = doubt ? Math.max(DOUBT_MS, DOUBT_ROUND_TRIPS * rttMs) : PROBE_TIMEOUT_MS;
      const { spec, result, open } = await probeAll(connection, options.forwards, timeoutMs, round.signal);
      if (result.kind === 'mute' && doubt) {
        connection.abandon(new ConnectionEnd('silent', `${doubt.message}, and nothing answers any more`));
        connection.ended.throwIfAborted();
      }
      doubt = null;
      const problem = open === null ? null : openForward(connection.target, open);
      if (problem !== null && options.requireToken) throw problem;
      options.onOpen(problem);
      if (result.kind === 'ok') rttMs = result.rttMs ?? rttMs;
      const end = report(connection, options, spec, result);
      if (end !== null) return end;
      const healthy = result.kind === 'ok' || result.kind === 'forbidden';
      await sleep(healthy ? options.probeIntervalMs : DEGRADED_PROBE_MS, [round.signal, connection.ended]);
    } catch (error) {
      if (!(error instanceof Disturbance)) throw error;
      doubt = error;
    } finally {
      calm();
    }
  }
}

/** Says how it is; the end of the session when there is nothing left to watch. */
function report(
  connection: Connection,
  { onState, onRtt }: WatchOptions,
  spec: ForwardSpec,
  result: ProbeResult,
): SessionEnd | null {
  const { name } = connection.target;
  const local = addressName({ bind: spec.local.host, port: spec.local.port });
  const route = `${name} ${addressName(spec)} → ${local}`;
  switch (result.kind) {
    case 'ok':
      onRtt(result.rttMs);
      onState('up', 'probe-ok', route);
      return null;
    case 'forbidden':
      onState(
        'up',
        'probe-forbidden',
        `${route} (not tested: the server opens no channel from its side and runs no curl, python3 or bash)`,
      );
      return null;
    case 'local-down':
      onState('degraded', 'local-down', result.message);
      return null;
    case 'no-answer':
      onState('degraded', 'no-answer', `${local} does not answer GET /health: ${result.message}`);
      return null;
    case 'mute':
      onState(
        'degraded',
        'no-answer',
        `${name} does not say within ${PROBE_TIMEOUT_MS / 1000} s whether it connects to its own ${addressName(spec)}`,
      );
      return null;
    case 'forward-lost':
      return { reason: 'forward-lost', message: `${name} no longer listens on ${addressName(spec)}` };
  }
}

/** The first forward that is not well, or else the first one; and the first of those that let everybody in. */
async function probeAll(
  connection: Connection,
  forwards: readonly ForwardSpec[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ spec: ForwardSpec; result: ProbeResult; open: ForwardSpec | null }> {
  const probes = forwards.map(async (spec) => ({
    spec,
    result: await probe(connection, spec, timeoutMs, signal),
  }));
  const results = await Promise.all(probes);
  const [first] = results;
  if (first === undefined) throw new Error('a tunnel without forwards');
  const ill = results.find(({ result }) => result.kind !== 'ok' && result.kind !== 'forbidden');
  const open = results.find(
    ({ spec, result }) => result.kind === 'ok' && isOpen(result.status) && isShared(spec),
  );
  return { ...(ill ?? first), open: open?.spec ?? null };
}
