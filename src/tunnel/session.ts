/** One connection's life, from finding the host to whatever ends it. */

import { addressName, type Connection, ConnectionEnd } from '../ssh/connection/connection.js';
import type { Pace } from '../ssh/connection/pace.js';
import { resolveTarget, type SshTarget, type TargetOptions } from '../ssh/host/target.js';
import { openConnection } from '../ssh/open-connection.js';
import { claimPort } from './claim/claim-port.js';
import { markSession, type SessionOwner } from './claim/session-marker.js';
import { type ForwardSpec, serveForwards, type Traffic } from './forward/forward.js';
import type { SessionEnd } from './state.js';
import { findOpen, openForward } from './watch/open-forward.js';
import { type WatchOptions, watchForwards } from './watch/watch-forwards.js';

export interface SessionOptions extends WatchOptions {
  target: TargetOptions;
  /** What the server gave takes the place of what was asked for, so that the next connection asks for the same: of a port of 0 its
   *  number, and the name `localhost` where it goes by that. */
  forwards: ForwardSpec[];
  /** Default: 5 s, or less where ssh_config allows less silence. */
  keepaliveMs: number | undefined;
  owner: SessionOwner;
  traffic: Traffic;
  pace: Pace;
  onTarget: (target: SshTarget) => void;
}

const DEFAULT_KEEPALIVE_MS = 5000;

/** Resolves when a connection that stood is over; throws an ArpoEnvError when none came about. */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { signal, onState } = options;
  onState('connecting', 'progress', `looking for ${options.target.host}`);
  const target = await resolveTarget(options.target, signal);
  options.onTarget(target);
  const open = options.requireToken ? await findOpen(options.forwards, signal) : null;
  if (open !== null) throw openForward(target, open);
  await using connection = await openConnection(target, options.target, {
    signal,
    keepaliveMs:
      options.keepaliveMs ??
      Math.min(DEFAULT_KEEPALIVE_MS, (target.silenceMs ?? Number.POSITIVE_INFINITY) / 3),
    pace: options.pace,
    onAuthenticating: () =>
      onState('authenticating', 'progress', `logging in to ${target.name} as ${target.user}`),
    onAwaitingPerson: (message) => onState('waiting', 'person-needed', message),
  });
  try {
    return await forward(connection, options);
  } catch (error) {
    if (error instanceof ConnectionEnd) return { reason: error.reason, message: error.message };
    throw error;
  }
}

async function forward(connection: Connection, options: SessionOptions): Promise<SessionEnd> {
  const { forwards, owner, signal, onState } = options;
  onState('forwarding', 'progress', `logged in; asking for ${forwards.map(addressName).join(', ')}`);
  await using _served = serveForwards(connection, forwards, options.traffic);
  for (const [index, spec] of forwards.entries()) {
    const claim = { listener: spec, standing: forwards.slice(0, index), owner };
    Object.assign(spec, await claimPort(connection, claim, signal));
  }
  markSession(connection, owner, forwards, signal);
  return await watchForwards(connection, options);
}
