/** One connection's life, from finding the host to whatever ends it. */
import { claimPort } from './claim-port.js';
import { type Connection, ConnectionEnd, connect } from './connect.js';
import { type ForwardSpec, serveForwards, type Traffic } from './forward.js';
import { loadIdentities } from './identities.js';
import { type ProbeResult, probe } from './probe.js';
import { markSession, type SessionOwner } from './session-marker.js';
import { pause } from './settle.js';
import type { TunnelReason, TunnelState } from './state.js';
import { resolveTarget, type TargetOptions } from './target.js';
import type { TcpAddress } from './tcp.js';

export interface SessionOptions {
  target: TargetOptions;
  /** A port of 0 is replaced by the one that the server gave, so that the next connection asks for the same. */
  forwards: ForwardSpec[];
  keepaliveMs: number;
  /** Milliseconds between probes of a tunnel that is up. */
  probeIntervalMs: number;
  owner: SessionOwner;
  traffic: Traffic;
  /** Ends the session. */
  signal: AbortSignal;
  onState: (state: TunnelState, reason: TunnelReason, message: string) => void;
  onRtt: (milliseconds: number) => void;
}

export interface SessionEnd {
  reason: TunnelReason;
  message: string;
}

const PROBE_TIMEOUT_MS = 10_000;
/** A tunnel that is not up is probed often, so that a server that comes back is noticed at once. */
const DEGRADED_PROBE_MS = 1000;

/** Resolves when a connection that stood is over; throws an ArpoEnvError when none came about. */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { signal, onState } = options;
  onState('connecting', 'progress', `looking for ${options.target.host}`);
  const target = await resolveTarget(options.target, signal);
  const identities = await loadIdentities(target, signal);
  await using connection = await connect(target, identities, {
    signal,
    keepaliveMs: options.keepaliveMs,
    onAuthenticating: () =>
      onState('authenticating', 'progress', `logging in to ${target.name} as ${target.user}`),
  });
  try {
    onState('forwarding', 'progress', 'logged in; asking for the port');
    await using _served = serveForwards(connection, options.forwards, options.traffic);
    for (const spec of options.forwards) spec.port = await claimPort(connection, spec, options.owner, signal);
    void markSession(connection, options.owner, options.forwards, signal);
    return await watch(connection, options);
  } catch (error) {
    if (error instanceof ConnectionEnd) return { reason: error.reason, message: error.message };
    throw error;
  }
}

/** Probes until the connection ends, which is thrown, or the forward is gone. */
async function watch(connection: Connection, options: SessionOptions): Promise<SessionEnd> {
  for (;;) {
    const { spec, result } = await probeAll(connection, options);
    switch (result.kind) {
      case 'ok':
        options.onRtt(result.rttMs);
        options.onState('up', 'probe-ok', route(connection, spec));
        break;
      case 'forbidden':
        options.onState(
          'up',
          'probe-forbidden',
          `${route(connection, spec)} (the server allows no test of it)`,
        );
        break;
      case 'local-down':
        options.onState('degraded', 'local-down', result.message);
        break;
      case 'no-answer':
        options.onState(
          'degraded',
          'no-answer',
          `${addressOf(spec.local)} does not answer GET /health: ${result.message}`,
        );
        break;
      case 'forward-lost':
        return {
          reason: 'forward-lost',
          message: `${connection.target.name} no longer listens on ${spec.bind}:${spec.port}`,
        };
    }
    const healthy = result.kind === 'ok' || result.kind === 'forbidden';
    await pause(healthy ? options.probeIntervalMs : DEGRADED_PROBE_MS, [options.signal, connection.ended]);
  }
}

/** The first forward that is not well, or else the first one. */
async function probeAll(
  connection: Connection,
  { forwards, signal }: SessionOptions,
): Promise<{ spec: ForwardSpec; result: ProbeResult }> {
  const probes = forwards.map(async (spec) => ({
    spec,
    result: await probe(connection, spec, PROBE_TIMEOUT_MS, signal),
  }));
  const results = await Promise.all(probes);
  const [first] = results;
  if (first === undefined) throw new Error('a tunnel without forwards');
  return results.find(({ result }) => result.kind !== 'ok' && result.kind !== 'forbidden') ?? first;
}

function route({ target }: Connection, { bind, port, local }: ForwardSpec): string {
  return `${target.name} ${bind}:${port} → ${addressOf(local)}`;
}

function addressOf({ host, port }: TcpAddress): string {
  return `${host}:${port}`;
}
