/** Which envs OpenEnv's sessions hold: one each, until the session ends. */
import type { ArpoEnv } from '../../arpo/arpo-env.js';

export class Sessions {
  readonly #held = new Set<ArpoEnv>();

  /** Among `candidates`: how many are held, and how many there are. */
  load(candidates: readonly ArpoEnv[]): { active_sessions: number; max_sessions: number } {
    const active = candidates.filter((env) => this.#held.has(env)).length;
    return { active_sessions: active, max_sessions: candidates.length };
  }

  /** One that nobody holds, until it is disposed; null when all are held. */
  take(candidates: readonly ArpoEnv[]): ({ env: ArpoEnv } & Disposable) | null {
    const env = candidates.find((candidate) => !this.#held.has(candidate));
    if (env === undefined) return null;
    this.#held.add(env);
    return { env, [Symbol.dispose]: () => void this.#held.delete(env) };
  }
}
