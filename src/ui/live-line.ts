/** One line at the foot of a terminal that is rewritten in place, while other lines scroll by above it. */
import { stripVTControlCharacters } from 'node:util';

type Terminal = NodeJS.WritableStream & { columns?: number };

/** Erases from the cursor to the end of the line, or of the screen (ECMA-48 EL and ED). */
const ERASE_LINE = '\x1b[K';
const ERASE_BELOW = '\x1b[J';
const DEFAULT_COLUMNS = 80;

/** Never longer than the terminal is wide, and written at one go, so that it neither wraps nor flickers. Disposing erases it. */
export class LiveLine implements Disposable {
  private text = '';
  private paint: (text: string) => string = (text) => text;
  /** Characters that stand on the screen. */
  private shown = 0;
  private hidden = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly onEnd: () => void = () => {},
  ) {
    terminal.on('resize', this.onResize);
  }

  /** `paint` colours what is left of the text when it was cut to the width. */
  update(text: string, paint: (text: string) => string): void {
    if (text === this.text) return;
    this.text = text;
    this.paint = paint;
    if (this.hidden === 0) this.terminal.write(`\r${this.draw()}${ERASE_LINE}`);
  }

  /** Writes whole lines, without their last line break, above it. */
  above(lines: string): void {
    this.terminal.write(`${this.erased()}${lines}\n${this.hidden === 0 ? this.draw() : ''}`);
  }

  /** Takes it away while `work` has the terminal for itself: for a question, or for a line on stdout. */
  async without<T>(work: () => T | Promise<T>): Promise<T> {
    this.terminal.write(this.erased());
    this.hidden += 1;
    try {
      return await work();
    } finally {
      this.hidden -= 1;
      if (this.hidden === 0) this.terminal.write(this.draw());
    }
  }

  [Symbol.dispose](): void {
    this.terminal.off('resize', this.onResize);
    this.terminal.write(this.erased());
    this.onEnd();
  }

  private draw(): string {
    const characters = [...stripVTControlCharacters(this.text)];
    // The last column stays free: a character there makes some terminals wrap.
    const width = (this.terminal.columns || DEFAULT_COLUMNS) - 1;
    const cut =
      characters.length > width ? [...characters.slice(0, Math.max(0, width - 1)), '…'] : characters;
    this.shown = cut.length;
    return this.paint(cut.join(''));
  }

  /** A terminal that became narrower has broken the line into several. */
  private erased(): string {
    const rows = Math.ceil(this.shown / (this.terminal.columns || DEFAULT_COLUMNS));
    this.shown = 0;
    return `${rows > 1 ? `\x1b[${rows - 1}A` : ''}\r${ERASE_BELOW}`;
  }

  private readonly onResize = (): void => {
    if (this.hidden === 0) this.terminal.write(`${this.erased()}${this.draw()}`);
  };
}
