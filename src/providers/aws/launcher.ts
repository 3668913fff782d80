/**
 * Launches for all envs of this process: those that are asked for while a request is under way share the next one, as EC2
 * wants many instances to be launched. One that nobody waits for any more when it comes is terminated.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { failureOf } from '../../aws/errors.js';
import { type Fleet, type FleetInstance, LIVE_STATES, TAGS, type Tags } from '../../aws/fleet.js';
import { messageOf } from '../../lib/errno.js';
import { retry } from '../../lib/retry.js';
import { type Deferred, deferred, onAbort, type Sleep } from '../../lib/wait.js';
import { jittered, Pace } from './pace.js';
import type { Candidate, Placement } from './placement.js';

export interface LauncherOptions {
  fleet: Pick<Fleet, 'launch' | 'find'>;
  placement: Placement;
  /** Whose they are and when they end; asked for each request. */
  tags: () => Promise<Tags>;
  /** Ends what nobody waits for. Rejects when it cannot. */
  terminate: (id: string) => Promise<void>;
  onWarning: (text: string) => void;
  sleep: Sleep;
}

interface Waiter extends Deferred<FleetInstance> {
  signal: AbortSignal;
  onTry: (what: string) => void;
}

/** Those that ask within this time after the first are launched together. */
const GATHER_MS = 20;
/** More at once would only make a shortage likelier. */
const MOST_AT_ONCE = 100;
/** With growing pauses, four minutes in all. */
const THROTTLED_ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 40_000;
/** A request whose answer was lost is sent again with its token, which launches nothing twice. */
const LOST_ATTEMPTS = 3;
/** What was launched a moment ago may not be listed yet. */
const FIND_ATTEMPTS = 4;
const REQUEST_LIMIT_MS = 90_000;

export class Launcher {
  readonly #options: LauncherOptions;
  readonly #pace: Pace;
  readonly #waiting: Waiter[] = [];
  #isRunning = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#pace = new Pace(options);
  }

  /** Throws EC2's error, or the signal's reason, and then nothing is left of it. */
  async launch(signal: AbortSignal, onTry: (what: string) => void): Promise<FleetInstance> {
    signal.throwIfAborted();
    const waiter: Waiter = { ...deferred<FleetInstance>(), signal, onTry };
    this.#waiting.push(waiter);
    // Who still waits in the line has nothing to clean up.
    using _leaving = onAbort(signal, (reason) => {
      const at = this.#waiting.indexOf(waiter);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      waiter.reject(reason);
    });
    if (!this.#isRunning) void this.#run();
    return await waiter.promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const never = new AbortController().signal;
    while (this.#waiting.length > 0) {
      await this.#options.sleep(GATHER_MS, never);
      await this.#pace.turn(never);
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      if (batch.length > 0) await this.#launchAll(batch);
    }
    this.#isRunning = false;
  }

  /** Settles every waiter. */
  async #launchAll(batch: Waiter[]): Promise<void> {
    const { candidates } = this.#options.placement;
    let left = batch;
    let shortage: unknown;
    try {
      for (const candidate of candidates) {
        left = withdrawn(left);
        if (left.length === 0) return;
        try {
          const made = await this.#requestMost(candidate, left);
          left = await this.#handOut(made, left);
        } catch (error) {
          if (!/^(capacity|quota)$/.test(failureOf(error))) throw error;
          shortage = error;
        }
      }
      // Some came, and the others could not even be asked for: they are the next ones in the line.
      if (shortage === undefined) this.#waiting.unshift(...left);
      else fail(left, shortage);
    } catch (error) {
      fail(left, error);
    }
  }

  /** As many as the account's quota admits: EC2 may refuse all of them where it admits some. */
  async #requestMost(candidate: Candidate, batch: readonly Waiter[]): Promise<FleetInstance[]> {
    for (let count = batch.length; ; count = Math.ceil(count / 2)) {
      try {
        return await this.#request(candidate, batch, count);
      } catch (error) {
        if (count === 1 || failureOf(error) !== 'quota') throw error;
        await this.#pace.turn(new AbortController().signal);
      }
    }
  }

  /** The instances that came: at least one. */
  async #request(
    { type, subnetId }: Candidate,
    batch: readonly Waiter[],
    count: number,
  ): Promise<FleetInstance[]> {
    const { fleet, placement, sleep } = this.#options;
    const name = `arpo-env-${randomBytes(4).toString('hex')}`;
    const request = {
      ...{ clientToken: randomUUID(), count, type, subnetId },
      ...{ imageId: placement.imageId, groupIds: placement.groupIds, market: placement.market },
      publicAddress: placement.address === 'public',
      tags: { ...(await this.#options.tags()), [TAGS.env]: name, [TAGS.name]: name },
    };
    const tell = (what: string) => {
      for (const { onTry } of batch) onTry(what);
    };
    tell(`${type} in ${subnetId}`);
    let isUnanswered = false;
    const send = async () => {
      isUnanswered = true;
      const made = await fleet.launch(request, AbortSignal.timeout(REQUEST_LIMIT_MS)).catch((error) => {
        isUnanswered = isLost(error);
        throw error;
      });
      if (made.length === 0) throw noneCame();
      return made;
    };
    const everybodyLeft = new AbortController();
    using _leaving = whenAllAbort(batch, (reason) => everybodyLeft.abort(reason));
    try {
      return await retry(() => this.#sendUntilAnswered(send), {
        attempts: THROTTLED_ATTEMPTS,
        delayMs: jittered(LONGEST_PAUSE_MS),
        isRetryable: (error) => failureOf(error) === 'throttled',
        onRetry: () => tell(`${type} in ${subnetId}: EC2 wants fewer requests, waiting`),
        ...{ signal: everybodyLeft.signal, sleep },
      });
    } catch (error) {
      const found = isUnanswered ? await this.#find(request.clientToken) : [];
      if (found.length === 0) throw error;
      return found;
    }
  }

  /** Also when nobody waits any more: only an answer tells what there is to terminate. */
  #sendUntilAnswered(send: () => Promise<FleetInstance[]>): Promise<FleetInstance[]> {
    return retry(send, {
      attempts: LOST_ATTEMPTS,
      delayMs: jittered(LONGEST_PAUSE_MS),
      isRetryable: isLost,
      signal: new AbortController().signal,
      sleep: this.#options.sleep,
    });
  }

  async #find(clientToken: string): Promise<FleetInstance[]> {
    const { fleet, sleep } = this.#options;
    const look = async () => {
      const signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
      const found = await fleet.find({ clientToken, states: LIVE_STATES }, signal);
      if (found.length === 0) throw new Error('not listed');
      return found;
    };
    const options = { attempts: FIND_ATTEMPTS, delayMs: jittered(LONGEST_PAUSE_MS), sleep };
    return retry(look, { ...options, signal: new AbortController().signal }).catch(() => []);
  }

  /** Gives each to one who still waits; the others are terminated. Returns who got none. */
  async #handOut(made: readonly FleetInstance[], batch: readonly Waiter[]): Promise<Waiter[]> {
    const staying = batch.filter(({ signal }) => !signal.aborted);
    const leaving = batch.filter(({ signal }) => signal.aborted);
    const surplus = made.slice(staying.length);
    for (const [index, instance] of made.slice(0, staying.length).entries())
      staying[index]?.resolve(instance);
    const ended = surplus.map(({ id }) =>
      this.#options.terminate(id).catch((error: unknown) => {
        const why = messageOf(error);
        this.#options.onWarning(`instance ${id}, for which nobody waits any more, may still run: ${why}`);
      }),
    );
    await Promise.all(ended);
    for (const { signal, reject } of leaving) reject(signal.reason);
    return staying.slice(made.length);
  }
}

/** Those who still wait; the others are told that nothing is left of theirs. */
function withdrawn(batch: readonly Waiter[]): Waiter[] {
  for (const { signal, reject } of batch) if (signal.aborted) reject(signal.reason);
  return batch.filter(({ signal }) => !signal.aborted);
}

function fail(waiters: readonly Waiter[], error: unknown): void {
  for (const { signal, reject } of waiters) reject(signal.aborted ? signal.reason : error);
}

/** Nobody knows whether it was carried out. */
function isLost(error: unknown): boolean {
  return /^(unreachable|failed)$/.test(failureOf(error));
}

/** EC2 promises at least one, or an error. */
function noneCame(): Error {
  return Object.assign(new Error('EC2 answered with no instance'), { name: 'InsufficientInstanceCapacity' });
}

/** Runs `react` when the last of them has given up. */
function whenAllAbort(batch: readonly Waiter[], react: (reason: unknown) => void): Disposable {
  let left = batch.length;
  const listeners = batch.map(({ signal }) =>
    onAbort(signal, (reason) => {
      left -= 1;
      if (left === 0) react(reason);
    }),
  );
  return {
    [Symbol.dispose]() {
      for (const listener of listeners) listener[Symbol.dispose]();
    },
  };
}
