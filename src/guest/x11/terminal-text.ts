/** The text of the focused terminal: xterm prints it into a file when a key is pressed that no keyboard has. */
import { watch } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GuestError } from '../machine.js';
import { PRINT_KEYSYM } from './apps/terminal.js';
import type { X11Keyboard } from './input/keyboard.js';
import type { X11Windows } from './windows.js';

export interface TerminalTextParts {
  windows: X11Windows;
  keyboard: X11Keyboard;
  /** Where terminals write theirs. */
  file: string;
}

const TERMINAL_CLASS = 'XTerm';
const PRINT_DEADLINE_MS = 3000;

/** One reading at a time: they share the file. */
export class TerminalText {
  #busy: Promise<unknown> = Promise.resolve();

  readonly #parts: TerminalTextParts;

  constructor(parts: TerminalTextParts) {
    this.#parts = parts;
  }

  /** Right-stripped; null when no terminal is active. Throws GuestError when the terminal does not print. */
  read(): Promise<string | null> {
    const text = this.#busy.then(() => this.#read());
    this.#busy = text.catch(() => undefined);
    return text;
  }

  async #read(): Promise<string | null> {
    const { windows, keyboard, file } = this.#parts;
    const active = await windows.activeWindow();
    if (active === null || (await windows.classOf(active))[1] !== TERMINAL_CLASS) return null;
    await rm(file, { force: true });
    await using printed = appearanceOf(file);
    await keyboard.tapKeysym(PRINT_KEYSYM, AbortSignal.timeout(PRINT_DEADLINE_MS));
    await printed.awaited;
    const text = await readFile(file, 'utf8');
    // xterm fills the second cell of a wide character with U+FFFF.
    return text
      .replaceAll('\r\n', '\n')
      .replaceAll(/[\f\uffff]/g, '')
      .trimEnd();
  }
}

/** Resolves as soon as the file is there. */
function appearanceOf(file: string): AsyncDisposable & { awaited: Promise<void> } {
  const watcher = watch(dirname(file));
  let timer: NodeJS.Timeout | undefined;
  const awaited = new Promise<void>((resolve, reject) => {
    watcher.on('change', (_event, name) => {
      if (file.endsWith(`/${name}`)) resolve();
    });
    watcher.on('error', reject);
    const late = new GuestError(`the terminal did not print its text within ${PRINT_DEADLINE_MS / 1000} s`);
    timer = setTimeout(() => reject(late), PRINT_DEADLINE_MS);
  });
  awaited.catch(() => undefined);
  return {
    awaited,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
