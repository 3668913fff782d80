/** Which envs OpenEnv's sessions hold: one each, until the session ends. */
import type { ArpoEnv } from '../../arpo/arpo-env.js';
import type { Episode } from '../../env/episode.js';

export class Sessions {
  readonly #held = new Set<ArpoEnv>();
  readonly #begun = new WeakSet<Episode>();

  isHeld(env: ArpoEnv): boolean {
    return this.#held.has(env);
  }

  /** Among `candidates`: how many are held, and how many there are. */
  load(candidates: readonly ArpoEnv[]): { active_sessions: number; max_sessions: number } {
    const active = candidates.filter((env) => this.#held.has(env)).length;
    return { active_sessions: active, max_sessions: candidates.length };
  }

  /** The best of those that nobody holds, until it is disposed; null when all are held. */
  take(candidates: readonly ArpoEnv[]): ({ env: ArpoEnv } & Disposable) | null {
    const free = candidates.filter((candidate) => !this.#held.has(candidate));
    const [env] = free.sort((a, b) => this.#cost(a) - this.#cost(b));
    if (env === undefined) return null;
    this.#held.add(env);
    return { env, [Symbol.dispose]: () => void this.#held.delete(env) };
  }

  /** A session began this; where none holds its env any more, nobody goes on with it. */
  began(episode: Episode): void {
    this.#begun.add(episode);
  }

  /** A booted desktop is at hand sooner than one that has yet to boot; an episode of somebody else's is spared. */
  #cost({ status: { state, isDone }, desktop: { episode } }: ArpoEnv): number {
    const isOver = isDone || (episode !== undefined && this.#begun.has(episode));
    switch (state) {
      case 'ready':
        return isOver ? 0 : 3;
      case 'idle':
        return 1;
      case 'failed':
        return 2;
      default:
        return 4; // at work: the session would have to wait
    }
  }
}
