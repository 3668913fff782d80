/** The last lines of a machine's log, with their time. */

const KEPT_LINES = 2000;

export class LogLines {
  readonly #lines: string[] = [];

  readonly #now: () => Date;
  readonly #onLine: (line: string) => void;

  constructor(now: () => Date, onLine: (line: string) => void = () => undefined) {
    this.#now = now;
    this.#onLine = onLine;
  }

  add(text: string): void {
    const line = `${this.#now().toISOString()} ${text}`;
    this.#lines.push(line);
    this.#onLine(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  /** One line each, oldest first. */
  tail(count: number): string {
    return count > 0 ? this.#lines.slice(-count).join('\n') : '';
  }
}
