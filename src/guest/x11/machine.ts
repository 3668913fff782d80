/** A real desktop as the agent's routes see it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GuestInput } from '../input.js';
import type { GuestClock, GuestMachine, Size } from '../machine.js';
import { AccessibilityTree } from './accessibility.js';
import { Background } from './background.js';
import type { Browser } from './browser/browser.js';
import { X11Files } from './files.js';
import { Held } from './input/held.js';
import { X11Keyboard } from './input/keyboard.js';
import { X11Pointer } from './input/pointer.js';
import { Receivers } from './input/receivers.js';
import { X11Programs } from './programs.js';
import { X11Recorder } from './recorder.js';
import { ScreenRest } from './rest.js';
import { X11Screen } from './screen.js';
import type { Session } from './session.js';
import { TerminalText } from './terminal-text.js';

const clock: GuestClock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
};

interface MachineParts {
  /** The largest that it can be. */
  screen: Size;
  browser: Browser;
  /** As in X11DesktopOptions. */
  sandboxed: boolean;
  lifetime: AbortSignal;
  log(line: string): void;
}

export async function x11Machine(
  session: Session,
  { screen: largest, browser, sandboxed, lifetime, log }: MachineParts,
): Promise<GuestMachine> {
  const { folder, processes, connection, framebuffer, windows, environment } = session;
  const files = new X11Files();
  const pointer = new X11Pointer(connection);
  const receivers = await Receivers.open(connection);
  const keyboard = await X11Keyboard.open(connection, receivers);
  const atRest = new ScreenRest({ connection, receivers, sandboxed });
  const input: GuestInput = { pointer, keyboard, done: () => connection.sync() };
  const terminal = new TerminalText({ windows, keyboard, file: folder.terminalText });
  const tree = new AccessibilityTree({ processes, program: folder.treeProgram, lifetime, log });
  const { HOME: home } = environment;
  const background = new Background({
    ...{ files, processes, home, largest, lifetime, log },
    defaultFile: folder.wallpaper,
  });
  const screen = new X11Screen({
    ...{ connection, framebuffer, atRest, tree, terminal, files, pointer, background, largest, log },
  });
  await screen.showWallpaper();
  return {
    platform: 'Linux',
    environment,
    clock,
    screen,
    windows,
    files,
    programs: new X11Programs({
      ...{ processes, input, browser, clock, lifetime, log },
      held: new Held(connection),
      atRest,
    }),
    recorder: new X11Recorder({
      processes,
      display: environment.DISPLAY ?? '',
      size: () => screen.size(),
      file: folder.recording,
    }),
  };
}
