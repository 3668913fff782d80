/**
 * The practice desktop: a machine in this process, on any operating system, ready at once. It has a screen with icons and
 * a text editor, files in memory, a few commands, and reads pyautogui code instead of running Python.
 */

import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import {
  GuestError,
  type GuestMachine,
  type GuestRecorder,
  type GuestWindows,
  type Size,
} from '../machine.js';
import { PracticeClock } from './clock.js';
import type { Command } from './commands/command.js';
import { desktopCommands } from './commands/desktop.js';
import { fileCommands } from './commands/files.js';
import { pythonCommand } from './commands/python.js';
import { shellCommand } from './commands/shell.js';
import { systemCommands } from './commands/system.js';
import { HOME, makeHome } from './files/home.js';
import { MemoryFiles } from './files/memory-files.js';
import { PracticeFiles } from './files/practice-files.js';
import { PracticeKeyboard } from './input/keyboard.js';
import { PracticePointer } from './input/pointer.js';
import { PracticePrograms } from './programs.js';
import { PracticeScreen } from './screen.js';
import { Session } from './session.js';

export interface PracticeMachineOptions {
  /** Pixels. */
  screen: Size;
  /** The time that the panel shows and the clock starts from. */
  now: () => Date;
  /**
   * Real seconds per second that code waits (`time.sleep`, `write(interval=…)`, `sleep`). 0 does not wait: the desktop's
   * clock jumps ahead instead, so that a typed sentence takes milliseconds. 1 is real time.
   */
  timeScale: number;
  /** A line for the machine's log. */
  log: (line: string) => void;
}

const ENVIRONMENT = {
  HOME,
  USER: 'user',
  LANG: 'en_US.UTF-8',
  PATH: '/usr/bin:/bin',
  DISPLAY: ':0',
  SHELL: '/bin/bash',
};

export class PracticeMachine implements GuestMachine, Disposable {
  readonly platform = 'Linux';
  readonly environment = ENVIRONMENT;
  readonly clock: PracticeClock;
  readonly screen: PracticeScreen;
  readonly windows: GuestWindows;
  readonly files: PracticeFiles;
  readonly programs: PracticePrograms;
  readonly recorder: GuestRecorder = noRecorder;
  readonly #lifetime = new AbortController();

  constructor({ screen, now, timeScale, log }: PracticeMachineOptions) {
    setMaxListeners(0, this.#lifetime.signal); // one for every program that runs
    this.clock = new PracticeClock(now, timeScale);
    const files = new MemoryFiles();
    makeHome(files);
    const session = new Session({ ...screen }, files, this.clock);
    const keyboard = new PracticeKeyboard(session);
    const pointer = new PracticePointer(session, () => keyboard.holds('shift'));
    // Other desktops of this process have their turn in between, however much one program does.
    const done = () => setImmediate();
    const python = pythonCommand({ pointer, keyboard, done }, () => pointer.forgetClicks());

    this.files = new PracticeFiles(files);
    this.screen = new PracticeScreen(session);
    this.windows = windowsOf(session);
    this.programs = new PracticePrograms({
      files,
      clock: this.clock,
      commands: new Map<string, Command>([
        ...Object.entries({ ...fileCommands, ...systemCommands, ...desktopCommands(session) }),
        ...['sh', 'bash'].map((name): [string, Command] => [name, shellCommand]),
        ...['python', 'python3'].map((name): [string, Command] => [name, python]),
      ]),
      environment: ENVIRONMENT,
      lifetime: this.#lifetime.signal,
      openFile: (path) => session.openFile(path),
      log,
    });
  }

  /** Ends what still runs in it. */
  [Symbol.dispose](): void {
    this.#lifetime.abort(new GuestError('the machine was stopped'));
  }
}

function windowsOf(session: Session): GuestWindows {
  const find = (id: string) => session.windows.find((window) => window.id === id);
  return {
    async list() {
      const oldestFirst = [...session.windows].sort((a, b) => Number(a.id) - Number(b.id));
      return oldestFirst.map(({ id, editor, frame: { width, height } }) => ({
        id,
        title: editor.title(),
        wmClass: editor.wmClass,
        size: { width, height },
      }));
    },
    async activate(id) {
      const window = find(id);
      if (window) session.activate(window);
    },
    async close(id) {
      const window = find(id);
      if (window) session.requestClose(window);
    },
  };
}

const noRecorder: GuestRecorder = {
  isRunning: () => false,
  async start() {
    throw new GuestError('the practice desktop cannot record video: take screenshots instead');
  },
  async stop() {
    return null;
  },
};
