/**
 * The simulated desktop: a machine in this process, on any operating system, ready at once. It has a screen with windows,
 * files in memory, a small shell, and reads pyautogui code instead of running Python.
 */
import {
  GuestError,
  type GuestMachine,
  type GuestRecorder,
  type GuestWindow,
  type GuestWindows,
  type Size,
} from '../machine.js';
import { PracticeClock } from './clock.js';
import { HOME, makeHome } from './files/home.js';
import { MemoryFiles } from './files/memory-files.js';
import { PracticeFiles } from './files/practice-files.js';
import { PracticeKeyboard } from './keyboard.js';
import { PracticePointer } from './pointer.js';
import { PracticePrograms } from './programs.js';
import { pythonCommand } from './python.js';
import { PracticeScreen } from './screen.js';
import { Session } from './session.js';
import { Settings } from './settings.js';
import { desktopCommands } from './shell/commands/desktop.js';
import { fileCommands } from './shell/commands/files.js';
import { systemCommands } from './shell/commands/system.js';
import { textCommands } from './shell/commands/text.js';
import type { ShellCommand } from './shell/shell.js';

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
    this.clock = new PracticeClock(now, timeScale);
    const files = new MemoryFiles(() => this.clock.now());
    makeHome(files);
    this.files = new PracticeFiles(files);

    // Programs open windows and windows run programs: the session comes last and is asked for when it is needed.
    const commands = new Map<string, ShellCommand>();
    this.programs = new PracticePrograms({
      files,
      clock: this.clock,
      commands,
      environment: ENVIRONMENT,
      lifetime: this.#lifetime.signal,
      openFile: (path) => session.openWithApplication(path),
      log,
    });
    const session = new Session({
      size: { ...screen },
      clock: this.clock,
      files,
      settings: new Settings(),
      environment: ENVIRONMENT,
      shell: this.programs.shellHost(),
    });
    const keyboard = new PracticeKeyboard(session);
    const pointer = new PracticePointer(session, () => keyboard.holds('shift'));
    const python = pythonCommand({
      input: () => ({ pointer, keyboard }),
      begin: () => pointer.forgetClicks(),
    });
    const tables = [
      fileCommands,
      textCommands,
      systemCommands,
      desktopCommands(() => session),
      { python, python3: python },
    ];
    for (const [name, command] of tables.flatMap(Object.entries<ShellCommand>)) commands.set(name, command);

    this.screen = new PracticeScreen(session);
    this.windows = windowsOf(session);
  }

  /** Ends what still runs in it. */
  [Symbol.dispose](): void {
    this.#lifetime.abort(new GuestError('the machine was stopped'));
  }
}

function windowsOf(session: Session): GuestWindows {
  const find = (id: string) => session.windows.find((window) => window.id === id);
  return {
    async list(): Promise<GuestWindow[]> {
      const windows = [...session.windows].sort((a, b) => a.id.localeCompare(b.id));
      return windows.map(({ id, application, frame: { width, height } }) => ({
        id,
        title: application.title(),
        wmClass: application.wmClass,
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
  async start() {
    throw new GuestError('the simulated desktop cannot record video: take screenshots instead');
  },
  async stop() {
    return null;
  },
};
