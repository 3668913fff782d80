/**
 * How long an instance may live without its server: as long as the server lives, its end is put off again and again, so that
 * a busy desktop is never ended; once the server is gone, AWS itself or whoever looks next ends what it left.
 */
import { TAGS, type Tags } from '../../aws/fleet.js';
import { isRoleNotYetKnown, type Schedules } from '../../aws/schedules.js';
import { messageOf } from '../../lib/errno.js';
import { retry } from '../../lib/retry.js';
import { sleep as realSleep, type Sleep } from '../../lib/wait.js';

/** A role that was made just now is known everywhere within a minute (providers.md §4). */
const ROLE_ATTEMPTS = 6;
const ROLE_DELAY_MS = 10_000;

/** The end is put off four times within a lifetime: three in a row may fail before an instance ends under its server. */
const PROLONGINGS = 4;

/** One request each; many at once would only be throttled. */
const SCHEDULES_AT_ONCE = 4;

/** By then EC2 lists what was launched. */
const LISTED_MS = 60_000;

/** AWS answers within a minute, retries included, or not at all. */
const REQUEST_LIMIT_MS = 60_000;

export interface LifetimeOptions {
  /** Milliseconds that an instance outlives the last sign of its server; null: instances have no end. */
  ttlMs: number | null;
  /** Null: no role is given, and the `expires` tag alone says when it is over. */
  schedules: Schedules | null;
  setTags(ids: readonly string[], tags: Tags, signal: AbortSignal): Promise<void>;
  /** Before each launch: whoever looks later must find it. Its error keeps the launch. */
  beforeLaunch?: () => Promise<void>;
  /** Ends what dead servers left: of a request that was under way when its server died, EC2 tells only later. Never throws. */
  sweep?: () => Promise<void>;
  /** Hears once of each instance for which AWS keeps no end, and of every failure to put the end off. */
  onWarning: (text: string) => void;
  sleep?: Sleep;
  now?: () => number;
}

interface Held {
  /** AWS keeps its end. */
  scheduled: boolean;
  /** Settles when AWS has taken it, or will not. */
  setting: Promise<void>;
  /** Aborts what is asked of AWS for it. */
  released: AbortController;
}

export class Lifetime {
  readonly #options: LifetimeOptions;
  readonly #sleep: Sleep;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  #loop: AbortController | null = null;

  constructor(options: LifetimeOptions) {
    this.#options = options;
    this.#sleep = options.sleep ?? realSleep;
    this.#now = options.now ?? Date.now;
  }

  /** To be set by RunInstances itself: what is launched has an end from its first moment. */
  async tags(): Promise<Tags> {
    await this.#options.beforeLaunch?.();
    const { ttlMs } = this.#options;
    return ttlMs === null ? {} : this.#expires(ttlMs);
  }

  /** From its launch on. Returns at once, and never throws: what fails is a warning. */
  hold(instanceId: string): void {
    const held = { scheduled: false, setting: Promise.resolve(), released: new AbortController() };
    this.#held.set(instanceId, held);
    const { ttlMs } = this.#options;
    if (ttlMs !== null) held.setting = this.#schedule(instanceId, held, ttlMs);
    if (this.#loop !== null) return;
    this.#loop = new AbortController();
    const { signal } = this.#loop;
    // Each ends with the loop, by the signal's reason.
    void this.#sweepLater(signal).catch(() => undefined);
    if (ttlMs !== null) void this.#prolongAll(ttlMs, signal).catch(() => undefined);
  }

  /** When it is terminated. Never throws: a schedule that stays ends nothing, and then itself. */
  async release(instanceId: string): Promise<void> {
    const held = this.#drop(instanceId);
    if (held === undefined) return;
    held.released.abort();
    await held.setting;
    // Also where the request was cut off: it may have arrived.
    await this.#options.schedules?.cancel(instanceId, limit()).catch(() => undefined);
  }

  /** It could not be terminated: its end stays where it is, and nobody puts it off any more. */
  letExpire(instanceId: string): void {
    this.#drop(instanceId);
  }

  #drop(instanceId: string): Held | undefined {
    const held = this.#held.get(instanceId);
    this.#held.delete(instanceId);
    if (this.#held.size === 0) {
      this.#loop?.abort();
      this.#loop = null;
    }
    return held;
  }

  async #schedule(instanceId: string, held: Held, ttlMs: number): Promise<void> {
    const { schedules, onWarning } = this.#options;
    if (schedules === null) return;
    const { signal } = held.released;
    try {
      await retry(() => schedules.set(instanceId, this.#end(ttlMs), limit(signal)), {
        attempts: ROLE_ATTEMPTS,
        delayMs: () => ROLE_DELAY_MS,
        isRetryable: isRoleNotYetKnown,
        signal,
        sleep: this.#sleep,
      });
      held.scheduled = true;
    } catch (error) {
      if (signal.aborted) return;
      onWarning(
        `AWS keeps no end for ${instanceId} (${messageOf(error)}): if this machine dies, it runs until the next arpo-env serve, stop or doctor --fix of this user here`,
      );
    }
  }

  async #sweepLater(signal: AbortSignal): Promise<void> {
    const { sweep } = this.#options;
    if (sweep === undefined) return;
    await this.#sleep(LISTED_MS, signal);
    await sweep();
  }

  async #prolongAll(ttlMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#sleep(ttlMs / PROLONGINGS, signal);
      await this.#prolong([...this.#held.keys()], ttlMs);
    }
  }

  async #prolong(ids: readonly string[], ttlMs: number): Promise<void> {
    const { setTags, schedules, onWarning } = this.#options;
    const failures: string[] = [];
    const attempt = (work: Promise<void>) => work.catch((error) => void failures.push(messageOf(error)));
    await attempt(setTags(ids, this.#expires(ttlMs), limit()));
    if (schedules !== null) {
      const waiting = ids.filter((id) => this.#held.get(id)?.scheduled);
      const worker = async () => {
        for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
          const held = this.#held.get(id);
          if (held) await attempt(schedules.set(id, this.#end(ttlMs), limit(held.released.signal)));
        }
      };
      await Promise.all(Array.from({ length: SCHEDULES_AT_ONCE }, worker));
    }
    if (failures.length > 0)
      onWarning(`the end of ${ids.length} instances could not be put off, it is tried again: ${failures[0]}`);
  }

  #expires(ttlMs: number): Tags {
    return { [TAGS.expires]: this.#end(ttlMs).toISOString() };
  }

  #end(ttlMs: number): Date {
    return new Date(this.#now() + ttlMs);
  }
}

function limit(...signals: AbortSignal[]): AbortSignal {
  return AbortSignal.any([...signals, AbortSignal.timeout(REQUEST_LIMIT_MS)]);
}
