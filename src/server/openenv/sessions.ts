/** Which envs OpenEnv's sessions hold: one each, until the session ends. */
import type { ArpoEnv } from '../../arpo/arpo-env.js';
import type { EnvState } from '../../env/events.js';

/** Better first: an env that did nothing yet; one that is at work would let the session wait. */
const PREFERENCE: Readonly<Record<EnvState, number>> = {
  idle: 0,
  failed: 1,
  ready: 2,
  booting: 3,
  restoring: 3,
  setup: 3,
  stepping: 3,
  evaluating: 3,
};

export class Sessions {
  readonly #held = new Set<ArpoEnv>();

  isHeld(env: ArpoEnv): boolean {
    return this.#held.has(env);
  }

  /** Among `candidates`: how many are held, and how many there are. */
  load(candidates: readonly ArpoEnv[]): { active_sessions: number; max_sessions: number } {
    const active = candidates.filter((env) => this.#held.has(env)).length;
    return { active_sessions: active, max_sessions: candidates.length };
  }

  /** One that nobody holds, until it is disposed; null when all are held. */
  take(candidates: readonly ArpoEnv[]): ({ env: ArpoEnv } & Disposable) | null {
    const free = candidates.filter((candidate) => !this.#held.has(candidate));
    const [env] = free.sort((a, b) => PREFERENCE[a.status.state] - PREFERENCE[b.status.state]);
    if (env === undefined) return null;
    this.#held.add(env);
    return { env, [Symbol.dispose]: () => void this.#held.delete(env) };
  }
}
