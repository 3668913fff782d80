/**
 * The tab that a start on demand opens because a browser has one. It goes when a launch takes its window over for pages of its
 * own (launcher.ts): on a machine of OSWorld's these would be the only ones.
 */
import { once } from 'node:events';
import { watch } from 'node:fs';
import { exists } from '../../../lib/exists.js';
import { sleep } from '../../../lib/wait.js';
import { browserState } from './launcher.js';
import { closePage, type Page, pages } from './targets.js';

const PAGES_DEADLINE_MS = 5000;
const POLL_MS = 50;
/** Where nobody has gone anywhere. */
const EMPTY = /^chrome:\/\/(newtab|new-tab-page(-third-party)?)\/?$/;

export class EmptyTab {
  #watching: AbortController | null = null;

  readonly #parts: { state: string; signal: AbortSignal };

  constructor(parts: { state: string; signal: AbortSignal }) {
    this.#parts = parts;
  }

  /** Of the browser that listens on this port. */
  watch(port: number): void {
    this.#watching?.abort();
    const watching = new AbortController();
    this.#watching = watching;
    const signal = AbortSignal.any([watching.signal, this.#parts.signal]);
    // Ends with its signal, or with the folder.
    void this.#close(port, signal).catch(() => {});
  }

  async #close(port: number, signal: AbortSignal): Promise<void> {
    if (!(await this.#isTakenOver(signal))) return;
    const deadline = performance.now() + PAGES_DEADLINE_MS;
    while (performance.now() < deadline) {
      const all = await pages(port);
      const empty = all.find(isEmpty);
      // Without another tab the window would go with it.
      if (empty !== undefined && all.some((page) => !isEmpty(page))) return closePage(port, empty);
      await sleep(POLL_MS, signal);
    }
  }

  /** Resolves once it is decided. */
  async #isTakenOver(signal: AbortSignal): Promise<boolean> {
    const { onDemand, takenOver } = browserState(this.#parts.state);
    const watcher = watch(this.#parts.state);
    try {
      for (;;) {
        // Listening begins before the look, so that nothing is missed between.
        const change = once(watcher, 'change', { signal });
        change.catch(() => {});
        // In this order: who takes it over makes the one before it removes the other.
        if (!(await exists(onDemand))) return await exists(takenOver);
        await change;
      }
    } finally {
      watcher.close();
    }
  }
}

function isEmpty({ url }: Page): boolean {
  return EMPTY.test(url);
}
