/** How often a host that does not say a word is knocked at. */

const EVERY_MS = 1000;
/** So long a link that was cut or a machine that restarts may be away, and is met at once when it is back. */
const EAGER_MS = 15_000;
const MOST_MS = 30_000;

/**
 * One for the life of a tunnel. A firewall that drops looks like a link that is down; it may do so because of our knocks, and go on
 * for as long as they come. So the gap between two of them doubles with the time after a quarter of a minute of silence.
 */
export class Pace {
  #silentSince: number | null = null;

  /** Milliseconds from one attempt that got no answer to the next. */
  get gapMs(): number {
    if (this.#silentSince === null) return EVERY_MS;
    const late = performance.now() - this.#silentSince - EAGER_MS;
    return Math.min(MOST_MS, Math.max(EVERY_MS, late));
  }

  /** True when it knocks less often than at first. */
  get isSlow(): boolean {
    return this.gapMs > EVERY_MS;
  }

  /** An attempt got no answer. */
  silent(): void {
    this.#silentSince ??= performance.now();
  }

  /** It did, whatever it was. */
  answered(): void {
    this.#silentSince = null;
  }
}
