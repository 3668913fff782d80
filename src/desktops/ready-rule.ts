/** What makes the desktops of one supply ready, and what was learnt about their image. */
import type { DesktopEndpoints } from '../desktop/endpoints.js';
import { type ReadinessOptions, type ReadyWhen, waitUntilReady } from '../desktop/readiness.js';

export class ReadyRule {
  readonly #given: ReadyWhen;
  #opensNoCdp = false;

  constructor(given: ReadyWhen) {
    this.#given = given;
  }

  /** What a boot that waits says of itself. */
  get phase(): string {
    return this.#now === 'screenshot' ? 'awaiting the screenshot' : 'awaiting screenshot and Chrome CDP';
  }

  /** As `waitUntilReady`. An image that did not open CDP once is not waited for again. */
  async await(endpoints: DesktopEndpoints, options: Omit<ReadinessOptions, 'when'>): Promise<void> {
    const { chromeCdp } = await waitUntilReady(endpoints, { ...options, when: this.#now });
    this.#opensNoCdp ||= !chromeCdp;
  }

  get #now(): ReadyWhen {
    return this.#given === 'auto' && this.#opensNoCdp ? 'screenshot' : this.#given;
  }
}
