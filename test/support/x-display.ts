/** An X display without a desktop: its server, a window manager, and our keyboard and pointer on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GuestInput } from '../../src/guest/input.js';
import { type Connection, connectDisplay } from '../../src/guest/x11/display/connection.js';
import { newCookie, xauthority } from '../../src/guest/x11/display/xauthority.js';
import { Held } from '../../src/guest/x11/input/held.js';
import { X11Keyboard } from '../../src/guest/x11/input/keyboard.js';
import { X11Pointer } from '../../src/guest/x11/input/pointer.js';
import { X11Windows } from '../../src/guest/x11/windows.js';
import { eventually } from './eventually.js';
import { TemporaryFolder } from './temporary-folder.js';

export interface RealDisplay extends AsyncDisposable {
  readonly number: number;
  readonly connection: Connection;
  readonly input: GuestInput;
  readonly windows: X11Windows;
  /** For programs on it. */
  readonly environment: NodeJS.ProcessEnv;
  /** Starts a program that ends with the display. */
  start(program: string, ...args: string[]): ChildProcess;
  readonly held: Held;
}

export async function realDisplay({ manager = 'openbox' as string | null } = {}): Promise<RealDisplay> {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1280x720x24', '-nolisten', 'tcp', '-noreset', '-extension', 'GLX'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const programs: ChildProcess[] = [server];
  const folder = new TemporaryFolder();
  const stop = async () => {
    for (const program of programs.toReversed()) {
      if (program.exitCode !== null || program.signalCode !== null) continue;
      const ended = once(program, 'exit');
      program.kill('SIGKILL');
      await ended;
    }
    folder[Symbol.dispose]();
  };
  try {
    const [line] = await once(server.stdio[3] as NodeJS.ReadableStream, 'data');
    const number = Number(String(line));
    const connection = await connectDisplay({
      socket: `/tmp/.X11-unix/X${number}`,
      number,
      cookie: newCookie(),
      signal: AbortSignal.timeout(10_000),
      log: (text) => console.error(text),
    });
    // python-xlib wants a key, though this server asks nobody for one.
    const authority = join(folder.path, 'authority');
    await writeFile(authority, xauthority(newCookie(), { hostname: hostname(), number }));
    const environment = {
      ...process.env,
      HOME: folder.path,
      XAUTHORITY: authority,
      DISPLAY: `:${number}`,
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
    };
    const start = (program: string, ...args: string[]) => {
      const child = spawn(program, args, { env: environment, cwd: tmpdir(), stdio: 'ignore' });
      programs.push(child);
      return child;
    };
    const windows = new X11Windows(connection);
    if (manager !== null) {
      start(manager);
      await eventually(async () => {
        if (!(await windows.isManaged())) throw new Error('no window manager');
      });
    }
    return {
      number,
      connection,
      input: {
        pointer: new X11Pointer(connection),
        keyboard: await X11Keyboard.open(connection),
        done: () => connection.sync(),
      },
      windows,
      environment,
      start,
      held: new Held(connection),
      async [Symbol.asyncDispose]() {
        connection[Symbol.dispose]();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Time as it is. */
export const realClock = {
  now: () => Date.now(),
  sleep: async (ms: number, signal: AbortSignal) => {
    await delay(ms, undefined, { signal });
  },
};
