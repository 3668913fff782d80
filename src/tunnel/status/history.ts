/** What has become of a tunnel so far: its state, its events, how long it was without service. */
import { EventEmitter } from 'node:events';
import type { Problem } from '../../errors.js';
import { addressName } from '../../ssh/connection/connection.js';
import { type ForwardSpec, forwardUrl } from '../forward/forward.js';
import type {
  ForwardNames,
  TunnelEvent,
  TunnelReason,
  TunnelState,
  TunnelStats,
  TunnelStatus,
} from '../state.js';

/** Emits `change` after every event. */
export class History extends EventEmitter<{ change: [] }> {
  readonly stats: TunnelStats = {
    connections: 0,
    open: 0,
    requests: 0,
    refused: 0,
    rejected: 0,
    bytesIn: 0,
    bytesOut: 0,
    reconnects: 0,
    downtimeMs: 0,
    rttMs: null,
  };
  wasUp = false;
  /** A forward that answers without credentials. */
  notice: Problem | null = null;
  /** When the current session first was up, on the wall clock. */
  #upSince: number | null = null;
  /** When service stopped, on the wall clock: a sleeping laptop is without service too. */
  #downSince: number | null = null;
  #last: TunnelEvent;
  #lastInterruption: TunnelStatus['lastInterruption'] = null;
  readonly #host: string;
  readonly #forwards: readonly ForwardSpec[];
  readonly #onEvent: (event: TunnelEvent) => void;

  constructor(
    host: string,
    /** Filled in by the supervisor as the server gives ports. */
    forwards: readonly ForwardSpec[],
    onEvent: (event: TunnelEvent) => void,
  ) {
    super();
    this.#host = host;
    this.#forwards = forwards;
    this.#onEvent = onEvent;
    this.setMaxListeners(0);
    const at = new Date().toISOString();
    this.#last = {
      at,
      state: 'connecting',
      previous: 'connecting',
      reason: 'disposed', // of no event yet, so that the first one differs from it
      message: `looking for ${host}`,
      reconnects: 0,
    };
  }

  get state(): TunnelState {
    return this.#last.state;
  }

  /** Milliseconds that the current session has been up for; null when it never was. */
  get upForMs(): number | null {
    return this.#upSince === null ? null : Date.now() - this.#upSince;
  }

  /** A new attempt: what was up was another connection. */
  beginSession(): void {
    this.#upSince = null;
  }

  /** Notes a state; one that is the last one again, for the same reason, is not an event. */
  enter(
    state: TunnelState,
    reason: TunnelReason,
    message: string,
    more: Pick<TunnelEvent, 'retryInMs' | 'problem'> = {},
  ): void {
    const { state: previous, reason: before } = this.#last;
    if (state === previous && reason === before) return;
    const at = new Date().toISOString();
    const downtime = state === 'up' ? this.#countUp() : {};
    if (previous === 'up' && state !== 'up') {
      this.#downSince = Date.now();
      this.#lastInterruption = { at, reason, message };
    }
    const { reconnects } = this.stats;
    const forwards = state === 'up' || state === 'degraded' ? { forwards: this.#forwardNames() } : {};
    const notice = state === 'up' && this.notice !== null ? { notice: this.notice } : {};
    const told = { ...forwards, ...more, ...downtime, ...notice };
    this.#last = { at, state, previous, reason, message, reconnects, ...told };
    this.#onEvent(this.#last);
    this.emit('change');
  }

  status(): TunnelStatus {
    const { at, state, reason, message, problem } = this.#last;
    return {
      host: this.#host,
      state,
      reason,
      message,
      since: at,
      upSince: this.#upSince === null ? null : new Date(this.#upSince).toISOString(),
      forwards: this.#forwardNames(),
      lastInterruption: this.#lastInterruption,
      problem: problem ?? null,
      notice: this.notice,
      stats: { ...this.stats },
    };
  }

  #forwardNames(): ForwardNames[] {
    return this.#forwards.map((spec) => ({
      url: forwardUrl(spec),
      local: addressName({ bind: spec.local.host, port: spec.local.port }),
    }));
  }

  #countUp(): Pick<TunnelEvent, 'downtimeMs'> {
    if (this.#upSince === null && this.wasUp) this.stats.reconnects += 1;
    this.#upSince ??= Date.now();
    this.wasUp = true;
    if (this.#downSince === null) return {};
    const downtimeMs = Math.max(0, Date.now() - this.#downSince);
    this.#downSince = null;
    this.stats.downtimeMs += downtimeMs;
    return { downtimeMs };
  }
}
