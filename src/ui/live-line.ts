/** One line at the foot of a terminal that is rewritten in place, while other lines scroll by above it. */
import { stripVTControlCharacters } from 'node:util';
import { harmless } from './harmless.js';

type Terminal = NodeJS.WritableStream & { columns?: number };

/** From the cursor to the end of the line; from the start of the line to the end of the screen (ECMA-48 EL and ED). */
const ERASE_LINE = '\x1b[K';
const ERASE = '\r\x1b[J';
const DEFAULT_COLUMNS = 80;

/** Never longer than the terminal is wide, and written at one go, so that it neither wraps nor flickers. Disposing erases it. */
export class LiveLine implements Disposable {
  #text = '';
  #paint: (text: string) => string = (text) => text;
  #hidden = 0;
  /** Lines that wait until the terminal is free. */
  readonly #held: string[] = [];

  readonly #terminal: Terminal;
  readonly #onEnd: () => void;

  constructor(terminal: Terminal, onEnd: () => void = () => {}) {
    this.#terminal = terminal;
    this.#onEnd = onEnd;

    terminal.on('resize', this.#onResize);
  }

  /** `paint` colours what is left of the text when it was cut to the width. */
  update(text: string, paint: (text: string) => string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#paint = paint;
    if (this.#hidden === 0) this.#terminal.write(this.#drawn());
  }

  /** Writes whole lines, without their last line break, above it. */
  above(lines: string): void {
    // Whoever has the terminal has a line of its own there, which must stay.
    if (this.#hidden > 0) return void this.#held.push(lines);
    this.#terminal.write(`${ERASE}${lines}\n${this.#drawn()}`);
  }

  /** Takes it away while `work` has the terminal for itself: for a question, or for a line on stdout. */
  async without<T>(work: () => T | Promise<T>): Promise<T> {
    this.#terminal.write(ERASE);
    this.#hidden += 1;
    try {
      return await work();
    } finally {
      this.#hidden -= 1;
      if (this.#hidden === 0) this.#terminal.write(`${this.#letGo()}${this.#drawn()}`);
    }
  }

  #letGo(): string {
    return this.#held
      .splice(0)
      .map((lines) => `${lines}\n`)
      .join('');
  }

  [Symbol.dispose](): void {
    this.#terminal.off('resize', this.#onResize);
    this.#terminal.write(`${this.#hidden === 0 ? ERASE : ''}${this.#letGo()}`);
    this.#onEnd();
  }

  /**
   * The cursor goes back to the first column: there the echo of Ctrl-C cannot wrap, and a terminal that breaks the line
   * into several when it becomes narrower keeps it in the first of them.
   */
  #drawn(): string {
    const characters = [...harmless(stripVTControlCharacters(this.#text)).replace(/[\n\t]/g, ' ')];
    // The last column stays free: a character there makes some terminals wrap.
    const width = (this.#terminal.columns || DEFAULT_COLUMNS) - 1;
    const cut =
      characters.length > width ? [...characters.slice(0, Math.max(0, width - 1)), '…'] : characters;
    return `\r${this.#paint(cut.join(''))}${ERASE_LINE}\r`;
  }

  readonly #onResize = (): void => {
    if (this.#hidden === 0) this.#terminal.write(`${ERASE}${this.#drawn()}`);
  };
}
