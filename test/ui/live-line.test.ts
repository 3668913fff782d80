import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LiveLine } from '../../src/ui/live-line.js';

/** A control sequence, or a character. */
const TOKEN = new RegExp(`${String.fromCharCode(27)}\\[\\d*[A-Z]|.`, 'gs');

/** A terminal of so many columns that keeps what stands on it, as a real one would after every write. */
class Screen extends PassThrough {
  rows = [''];
  private row = 0;
  private column = 0;

  constructor(public columns: number) {
    super();
    this.on('data', (chunk: Buffer) => this.show(chunk.toString()));
  }

  resize(columns: number): void {
    // As terminals do that reflow: a row that is too long breaks into several.
    this.columns = columns;
    const pieces = (this.rows.pop() ?? '').match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''];
    this.row = this.rows.length; // the cursor stays where the line begins
    this.rows.push(...pieces);
    this.emit('resize');
  }

  private show(text: string): void {
    for (const [token] of text.matchAll(TOKEN)) {
      if (token === '\r') this.column = 0;
      else if (token === '\n') this.move(this.row + 1, 0);
      else if (token === '\x1b[K') this.set((this.rows[this.row] ?? '').slice(0, this.column));
      else if (token === '\x1b[J') {
        this.set((this.rows[this.row] ?? '').slice(0, this.column));
        this.rows.length = this.row + 1;
      } else if (token.startsWith('\x1b[')) this.move(this.row - Number(token.slice(2, -1)), this.column);
      else {
        const line = this.rows[this.row] ?? '';
        this.set(line.slice(0, this.column).padEnd(this.column) + token + line.slice(this.column + 1));
        this.column += 1;
        if (this.column > this.columns) throw new Error('the line wrapped');
      }
    }
  }

  private move(row: number, column: number): void {
    this.row = row;
    this.column = column;
    while (this.rows.length <= row) this.rows.push('');
  }

  private set(line: string): void {
    this.rows[this.row] = line;
  }
}

const plain = (text: string) => text;

test('it is rewritten in place, and a shorter text leaves nothing of a longer one', () => {
  const screen = new Screen(40);
  using live = new LiveLine(screen);
  live.update('up for a long while', plain);
  live.update('up', plain);
  expect(screen.rows).toEqual(['up']);
});

test('it is cut to the width, colours not counted', () => {
  const screen = new Screen(10);
  using live = new LiveLine(screen);
  live.update('0123456789abcdef', plain);
  expect(screen.rows).toEqual(['01234567…']);
});

test('other lines go above it', async () => {
  const screen = new Screen(40);
  using live = new LiveLine(screen);
  live.update('up', plain);
  live.above('first\nsecond');
  await live.without(() => screen.write('a question\n'));
  expect(screen.rows).toEqual(['first', 'second', 'a question', 'up']);
});

test('updates while it is away show when it is back', async () => {
  const screen = new Screen(40);
  using live = new LiveLine(screen);
  live.update('up', plain);
  await live.without(() => {
    live.update('degraded', plain);
    expect(screen.rows).toEqual(['']);
  });
  expect(screen.rows).toEqual(['degraded']);
});

test('a terminal that becomes narrower shows it once, cut again', () => {
  const screen = new Screen(40);
  using live = new LiveLine(screen);
  live.above('before');
  live.update('a line of thirty-five characters…..', plain);
  screen.resize(12);
  expect(screen.rows).toEqual(['before', 'a line of …']);
});

test('disposed of, it is gone, and listens no more', () => {
  const screen = new Screen(40);
  const live = new LiveLine(screen);
  live.update('up', plain);
  live[Symbol.dispose]();
  expect(screen.rows).toEqual(['']);
  expect(screen.listenerCount('resize')).toBe(0);
});
