/** What a person sees of a tunnel: a line for what happens, and on a terminal one live line for how it is. */
import type { Problem } from '../../errors.js';
import type { Console } from '../../ui/console.js';
import type { LiveLine } from '../../ui/live-line.js';
import type { TunnelEvent, TunnelState, TunnelStatus } from '../state.js';
import { eventLine } from './event-line.js';
import { statusLine } from './line.js';

const REFRESH_MS = 1000;

/** With `--json` every event is a document on stdout and nothing else is shown. Disposing ends the live line. */
export class TunnelView implements Disposable {
  #said = '';
  #noticed = '';
  #live: LiveLine | null = null;
  #refresh: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #console: Console;
  readonly #verbose: boolean;

  constructor(
    console: Console,
    /** Shows the stages of a connection too. */
    verbose: boolean,
  ) {
    this.#console = console;
    this.#verbose = verbose;
  }

  /** Starts the live line. */
  watch(status: () => TunnelStatus): void {
    const live = this.#console.liveLine();
    if (live === null) return;
    this.#live = live;
    this.#refresh = () => {
      const now = status();
      const colour = this.#colourOf(now.state);
      live.update(statusLine(now, Date.now()), (text) => `${colour(text.slice(0, 1))}${text.slice(1)}`);
    };
    this.#refresh();
    this.#timer = setInterval(this.#refresh, REFRESH_MS);
  }

  /** No line that says what the one before it said, however often a connection is tried. */
  onEvent(event: TunnelEvent): void {
    this.#console.document(event);
    if (this.#console.json || event.state === 'stopped') return;
    this.#refresh?.();
    const said = `${event.state}: ${event.message}`;
    if ((event.reason === 'progress' && !this.#verbose) || said === this.#said) return;
    this.#said = said;
    const line = eventLine(event);
    if (event.state === 'up') this.#console.success(line);
    else if (event.state === 'degraded' || event.state === 'waiting') this.#console.warn(line);
    else this.#console.info(`  ${line}`);
    if (event.problem) this.#sayFix(event.problem);
    if (event.notice) this.#notice(event.notice);
  }

  /** Once: it is how the server was set up, and not news. */
  #notice(notice: Problem): void {
    if (this.#noticed === notice.message) return;
    this.#noticed = notice.message;
    this.#console.warn(notice.message);
    this.#sayFix(notice);
  }

  #sayFix({ fix }: Problem): void {
    this.#console.info(`${this.#console.style.cyan('→')} ${fix}`);
  }

  /** Leaves the terminal to a question. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    return this.#live === null ? work() : this.#live.without(work);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#live?.[Symbol.dispose]();
  }

  #colourOf(state: TunnelState): (text: string) => string {
    const { style } = this.#console;
    if (state === 'up') return style.green;
    return state === 'degraded' || state === 'waiting' ? style.yellow : style.dim;
  }
}
