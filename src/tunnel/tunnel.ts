/**
 * The reverse tunnel: keeps ports on the cluster forwarded to services here, whatever happens in between. A session
 * (session.ts) is one connection; this file starts the next one when it ends, and tells what is going on.
 */
import { randomUUID } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { ArpoEnvError, type ErrorCode, toArpoEnvError } from '../errors.js';
import { identifyProcess } from '../host/process.js';
import { sleep } from '../lib/wait.js';
import { firstHop } from '../ssh/connection/first-hop.js';
import { Pace } from '../ssh/connection/pace.js';
import { pastedSsh, pastedTunnel } from '../ssh/host/command-line.js';
import type { SshTarget, TargetOptions } from '../ssh/host/target.js';
import { nobody } from '../ssh/login/person.js';
import { type Backoff, createBackoff } from './backoff.js';
import type { SessionOwner } from './claim/session-marker.js';
import type { ForwardSpec } from './forward/forward.js';
import { type Look, pauseUntilBack } from './reachability.js';
import { runSession } from './session.js';
import type {
  SessionEnd,
  TunnelEvent,
  TunnelReason,
  TunnelState,
  TunnelStats,
  TunnelStatus,
} from './state.js';
import { History } from './status/history.js';
import { type DisturbanceWatch, watchMachine } from './watch/disturbance.js';

export type { ForwardSpec } from './forward/forward.js';
export type { TunnelEvent, TunnelState, TunnelStats, TunnelStatus } from './state.js';

export interface TunnelOptions extends TargetOptions {
  /** At least one. Each carries HTTP: it is probed with GET /health, and answers 502 while its local side is down. */
  forwards: readonly ForwardSpec[];
  /** Milliseconds between signs of life; after three without any the connection is given up. Default 5000, or what ssh_config allows if that is less. */
  keepaliveMs?: number;
  /** Milliseconds between end-to-end probes while the tunnel is up. Default 15 000. */
  probeIntervalMs?: number;
  /** Failed attempts in a row after the first before the tunnel gives up. Default: never, once it has been up. */
  maxRetries?: number;
  /** Refuses, with E_NO_TOKEN, to forward to a server that answers without credentials. Default false. */
  requireToken?: boolean;
  /** Letters, digits and dashes that name this machine on the cluster: a dead session of the same name may be ended. */
  machine?: string;
  /** Told of every change of state. Must not throw. */
  onEvent?: (event: TunnelEvent) => void;
  /** Uniform in [0, 1), for the backoff. Default Math.random. */
  random?: () => number;
}

/** Disposing stops the forwards, closes the connection and ends all waits; it may be called more than once. */
export interface Tunnel extends AsyncDisposable {
  readonly state: TunnelState;
  /** The forwards, with the port that the server gave where 0 was asked for. */
  readonly forwards: readonly Readonly<ForwardSpec>[];
  readonly stats: Readonly<TunnelStats>;
  /** All of the above and more, as plain data. */
  status(): TunnelStatus;
  /**
   * Resolves when requests come through: now, or the next time that they do. Rejects with the ArpoEnvError that stopped the
   * tunnel: a host key, key file, login or forward that only a person can fix, before it ever was up; or too many retries.
   */
  up(signal: AbortSignal): Promise<void>;
  /** Resolves when the tunnel has been disposed of; rejects as `up` does. */
  stopped(): Promise<void>;
}

const DEFAULT_PROBE_INTERVAL_MS = 15_000;
const MAX_WAIT_MS = 30_000;
/** Waits for a person; asking more often would only fill the cluster's log and wake its fail2ban. */
const PERSON_WAIT_MS = 300_000;
/** A connection that stood this long was a success: the next loss is retried at once again. */
const STEADY_MS = 1000;

/** Starts at once and keeps going until it is disposed of. */
export function openTunnel(options: TunnelOptions): Tunnel {
  return new SupervisedTunnel(options);
}

class SupervisedTunnel implements Tunnel {
  readonly forwards: ForwardSpec[];
  readonly #history: History;
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;
  #failure: ArpoEnvError | null = null;
  /** What the last session made of the options; null when that failed. */
  #target: SshTarget | null = null;
  readonly #look: Look = { refusals: 0, pace: new Pace() };
  readonly #options: TunnelOptions;

  constructor(options: TunnelOptions) {
    this.#options = { ...options, person: options.person ?? nobody() };
    this.forwards = options.forwards.map((spec) => ({ ...spec }));
    this.#history = new History(options.host, this.forwards, (event) => options.onEvent?.(event));
    setMaxListeners(0, this.#stop.signal); // every wait of every forward listens
    // Not at once: the first event must find the caller's variable assigned.
    this.#finished = Promise.resolve().then(() => this.#supervise());
  }

  get state(): TunnelState {
    return this.#history.state;
  }

  get stats(): Readonly<TunnelStats> {
    return this.#history.stats;
  }

  status(): TunnelStatus {
    return this.#history.status();
  }

  async up(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.state !== 'up') {
      if (this.state === 'stopped') throw this.#failure ?? disposedError(this.#options);
      await once(this.#history, 'change', { signal }).catch((error) => {
        signal.throwIfAborted();
        throw error;
      });
    }
  }

  async stopped(): Promise<void> {
    await this.#finished;
    if (this.#failure) throw this.#failure;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(disposedError(this.#options));
    return this.#finished;
  }

  async #supervise(): Promise<void> {
    const history = this.#history;
    const backoff = createBackoff({ maxMs: MAX_WAIT_MS, random: this.#options.random ?? Math.random });
    const owner = {
      machine: this.#options.machine ?? randomUUID(),
      run: randomUUID(),
      process: (await identifyProcess(process.pid)) ?? { pid: process.pid, startTime: '' },
    };
    using machine = watchMachine();
    for (;;) {
      history.beginSession();
      const end = await this.#runSession(owner, machine);
      if (this.#stop.signal.aborted) break;
      if ((history.upForMs ?? 0) >= STEADY_MS) backoff.reset();
      if (this.#isFinal(end, backoff.failures)) {
        this.#failure = end.problem ?? neverUp(this.#options, end);
        break;
      }
      const retryInMs = WAITS_FOR_A_PERSON.includes(end.reason) ? PERSON_WAIT_MS : backoff.next();
      history.enter('waiting', end.reason, end.message, {
        retryInMs,
        ...(end.problem && { problem: end.problem.toJSON() }),
      });
      // Stopped: the next session ends before it begins.
      if (retryInMs > 0) await this.#pause(end, retryInMs, { backoff, machine }).catch(() => {});
    }
    if (this.#failure)
      history.enter('stopped', reasonOf(this.#failure), this.#failure.message, {
        problem: this.#failure.toJSON(),
      });
    else history.enter('stopped', 'disposed', 'stopped');
  }

  /** Waits, but not longer than needed: a network that is back ends it, unless it takes a person. */
  async #pause(
    { reason }: SessionOutcome,
    ms: number,
    { backoff, machine }: { backoff: Backoff; machine: DisturbanceWatch },
  ): Promise<void> {
    const { signal } = this.#stop;
    if (WAITS_FOR_A_PERSON.includes(reason)) return sleep(ms, signal);
    const host = this.#target && (await firstHop(this.#target, this.#options, signal).catch(() => null));
    // What failed before says little of the network of now, which may still be settling: try more than once.
    if (await pauseUntilBack(ms, { host, machine, look: this.#look }, signal)) backoff.reset();
  }

  async #runSession(owner: SessionOwner, machine: DisturbanceWatch): Promise<SessionOutcome> {
    const history = this.#history;
    try {
      return await runSession({
        target: this.#options,
        forwards: this.forwards,
        keepaliveMs: this.#options.keepaliveMs,
        probeIntervalMs: this.#options.probeIntervalMs ?? DEFAULT_PROBE_INTERVAL_MS,
        requireToken: this.#options.requireToken ?? false,
        onOpen: (problem) => {
          history.notice = problem?.toJSON() ?? null;
        },
        owner,
        machine,
        traffic: history.stats,
        signal: this.#stop.signal,
        pace: this.#look.pace,
        onTarget: (target) => {
          this.#target = target;
        },
        onState: (state, reason, message) => {
          if (state === 'authenticating') this.#look.refusals = 0;
          history.enter(state, reason, message);
        },
        onRtt: (milliseconds) => {
          history.stats.rttMs = milliseconds;
        },
      });
    } catch (error) {
      const problem = toArpoEnvError(error);
      return { reason: reasonOf(problem), message: problem.message, problem };
    }
  }

  /** Until it has been up once, only the network is worth waiting for: everything else is a mistake of set-up. */
  #isFinal({ problem }: SessionOutcome, failures: number): boolean {
    if (problem && problem.code !== 'E_SSH_HOST' && !this.#history.wasUp) return true;
    return (
      this.#history.upForMs === null && failures >= (this.#options.maxRetries ?? Number.POSITIVE_INFINITY)
    );
  }
}

type SessionOutcome = SessionEnd & { problem?: ArpoEnvError };

const WAITS_FOR_A_PERSON: readonly TunnelReason[] = ['host-key', 'key-file', 'auth-refused', 'ssh-config'];

const REASONS: Partial<Record<ErrorCode, TunnelReason>> = {
  E_CONFIG: 'ssh-config',
  E_SSH_HOST: 'host-unreachable',
  E_SSH_HOST_KEY: 'host-key',
  E_SSH_KEY_FILE: 'key-file',
  E_SSH_AUTH: 'auth-refused',
  E_TUNNEL_FORWARD: 'forward-refused',
  E_TUNNEL_PORT_HELD: 'port-held',
  E_NO_TOKEN: 'no-token',
};

function reasonOf(problem: ArpoEnvError): TunnelReason {
  return REASONS[problem.code] ?? 'internal';
}

function neverUp(options: TunnelOptions, { message }: SessionEnd): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SSH_HOST',
    message: `${options.host} ended every connection before the tunnel was up: ${message}`,
    fix: `see what its log says, or what this prints: ${pastedSsh(options, [], ['-v'])}`,
  });
}

function disposedError(options: TunnelOptions): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_INTERRUPTED',
    message: `the tunnel to ${options.host} was stopped`,
    fix: `start it again: ${pastedTunnel(options)}`,
  });
}
