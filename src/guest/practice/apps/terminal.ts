/** The terminal: the simulated shell with a line to type in. */
import type { Application, DesktopHost } from '../application.js';
import type { Control, MenuItem } from '../control.js';
import { HOME } from '../files/home.js';
import type { Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { runShellText } from '../shell/run.js';
import { newShell, type ShellState } from '../shell/shell.js';
import { TextBuffer } from '../text/buffer.js';
import { editText } from '../text/editing.js';
import { drawTerminal, hiddenRows, offsetAt, type TerminalContents, USER } from './terminal-view.js';

const WHEEL_ROWS = 3;
const MAX_SCROLLBACK = 200_000;
const MAX_HISTORY = 1000;

export class Terminal implements Application {
  readonly id = 'terminal';
  readonly accessibleName = 'gnome-terminal-server';
  readonly wmClass = ['gnome-terminal-server', 'Gnome-terminal'] as const;
  readonly dialog = null;
  readonly #shell: ShellState;
  readonly #input = new TextBuffer();
  readonly #history: string[] = [];
  #historyAt = 0;
  #output = '';
  /** Rows scrolled back from the end. */
  #back = 0;
  /** The mark left by a drag over the text: what ctrl+shift+c copies. */
  #mark: TerminalContents['mark'] = null;

  constructor(
    private readonly host: DesktopHost,
    environment: Readonly<Record<string, string>>,
    folder: string,
  ) {
    this.#shell = newShell('bash', folder, environment);
  }

  title(): string {
    return `${USER}: ${this.#folder()}`;
  }

  heading(): string {
    return this.title();
  }

  headerControls(): Control[] {
    return [];
  }

  /** Everything above the caret and the line being typed. */
  text(): string {
    return this.#output + this.#prompt() + this.#input.text;
  }

  controls(area: Rect, focused: boolean): Control[] {
    const contents = this.#contents();
    return [
      {
        role: 'terminal',
        name: 'Terminal',
        bounds: area,
        cursor: 'text',
        text: contents.text,
        states: focused
          ? ['focusable', 'focused', 'editable', 'multi_line']
          : ['focusable', 'editable', 'multi_line'],
        press: (at) => {
          const offset = offsetAt(contents, area, at);
          this.#mark = { from: offset, to: offset };
        },
        drag: (at) => {
          if (this.#mark) this.#mark = { ...this.#mark, to: offsetAt(contents, area, at) };
        },
        scroll: (clicks) => {
          this.#back = Math.max(0, Math.min(hiddenRows(contents, area), this.#back + clicks * WHEEL_ROWS));
        },
        menu: () => this.#menu(),
        draw: (ink) => drawTerminal(ink, area, contents, focused),
      },
    ];
  }

  async key(stroke: KeyStroke): Promise<void> {
    this.#back = 0;
    const control = stroke.control
      ? this.#shortcuts()[`${stroke.shift ? 'shift ' : ''}${stroke.key}`]
      : undefined;
    if (control) await control();
    else if (stroke.key === 'enter') await this.#run();
    else if (stroke.key === 'up') this.#recall(-1);
    else if (stroke.key === 'down') this.#recall(1);
    else if (!stroke.control) editText(this.#input, stroke, { clipboard: this.host.clipboard });
  }

  mayClose(): boolean {
    return true;
  }

  #shortcuts(): Readonly<Record<string, () => void | Promise<void>>> {
    const input = this.#input;
    return {
      c: () => this.#endLine('^C'),
      d: () => {
        if (input.text === '') this.host.close(this);
      },
      l: () => {
        this.#output = '';
      },
      a: () => input.moveTo(0),
      e: () => input.moveTo(input.text.length),
      u: () => input.replace(0, input.caret, ''),
      k: () => input.replace(input.caret, input.text.length, ''),
      w: () => input.deleteTo(input.stepWord(input.caret, -1)),
      'shift c': () => this.#copy(),
      'shift v': () => this.#paste(),
      'shift n': () => this.host.launch('terminal', this.#shell.cwd),
      'shift t': () => this.host.launch('terminal', this.#shell.cwd),
      'shift w': () => this.host.close(this),
      'shift q': () => this.host.close(this),
    };
  }

  #menu(): MenuItem[] {
    return [
      { label: 'Copy', shortcut: 'Shift+Ctrl+C', activate: () => this.#copy() },
      { label: 'Paste', shortcut: 'Shift+Ctrl+V', activate: () => this.#paste() },
    ];
  }

  #copy(): void {
    if (!this.#mark) return;
    const { from, to } = this.#mark;
    const text = this.text().slice(Math.min(from, to), Math.max(from, to));
    if (text !== '') this.host.clipboard.text = text;
  }

  /** Lines of a pasted text are run one by one, the last one only when it ends in a newline. */
  async #paste(): Promise<void> {
    const lines = this.host.clipboard.text.split('\n');
    for (const [index, line] of lines.entries()) {
      this.#input.insert(line);
      if (index < lines.length - 1) await this.#run();
    }
  }

  async #run(): Promise<void> {
    const line = this.#input.text;
    this.#endLine('');
    if (line.trim() === '') return;
    this.#history.push(line);
    if (this.#history.length > MAX_HISTORY) this.#history.shift();
    this.#historyAt = this.#history.length;
    const print = (data: Buffer) => this.#print(data.toString());
    if (line.trim() === 'clear') {
      this.#output = '';
      return;
    }
    await runShellText(line, this.#shell, this.host.shell, {
      stdin: Buffer.alloc(0),
      out: print,
      err: print,
    });
    if (this.#output !== '' && !this.#output.endsWith('\n')) this.#print('\n');
    if (this.#shell.exited) this.host.close(this);
  }

  #endLine(mark: string): void {
    this.#print(`${this.#prompt()}${this.#input.text}${mark}\n`);
    this.#input.replace(0, this.#input.text.length, '');
    this.#mark = null;
  }

  #print(text: string): void {
    this.#output = (this.#output + text.replaceAll('\r', '').replaceAll('\t', '    ')).slice(-MAX_SCROLLBACK);
  }

  #recall(direction: -1 | 1): void {
    this.#historyAt = Math.max(0, Math.min(this.#history.length, this.#historyAt + direction));
    this.#input.replace(0, this.#input.text.length, this.#history[this.#historyAt] ?? '');
  }

  #folder(): string {
    return this.#shell.cwd.replace(HOME, '~');
  }

  #prompt(): string {
    return `${USER}:${this.#folder()}$ `;
  }

  #contents(): TerminalContents {
    const caret = this.#output.length + this.#prompt().length + this.#input.caret;
    return { text: this.text(), caret, mark: this.#mark, back: this.#back };
  }
}
