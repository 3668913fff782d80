/** A desktop in a sandbox, with doors of this machine that lead to it: what `arpo-env guest --screen x11` runs. */
import { totalmem } from 'node:os';
import { StartedParts } from '../../lib/once.js';
import { GuestError, type Size } from '../machine.js';
import { agentInside, whereItListens } from './agent.js';
import { type Doors, type DoorsOptions, openDoors } from './doors.js';
import { agentEnvironment } from './environment.js';
import { startSandbox } from './sandbox.js';
import { INSIDE } from './user.js';

export interface SandboxedGuestOptions {
  screen: Size;
  /** Address of its ports. */
  host: string;
  /** 0: any free one. Without `vnc` there is no VNC server. */
  ports: NonNullable<DoorsOptions['ports']>;
  /** Folder that becomes the home directory. Default: an empty one in memory. */
  home?: string | undefined;
  /** Hears every line of its log. */
  onLog(line: string): void;
  signal: AbortSignal;
}

export interface SandboxedGuest extends AsyncDisposable {
  readonly urls: Doors['urls'];
  readonly home: string;
  /** Aborts when it ended by itself, with the reason. */
  readonly ended: AbortSignal;
}

/** Of this machine's, for files in memory. */
const SHARE_OF_MEMORY = 0.25;

/** Throws GuestError when there can be no sandbox, the agent's own error, E_PORT_IN_USE or E_NO_PERMISSION. */
export async function startSandboxedGuest(options: SandboxedGuestOptions): Promise<SandboxedGuest> {
  const { screen, host, ports, home, onLog, signal } = options;
  const parts = new StartedParts();
  try {
    const { argv, mounts } = await agentInside({ vnc: ports.vnc !== undefined });
    const sandbox = parts.add(
      await startSandbox({
        program: argv,
        env: agentEnvironment(process.env, INSIDE.home, screen),
        mounts,
        home,
        memory: totalmem() * SHARE_OF_MEMORY,
        onStderr: lineReader(onLog),
        signal,
      }),
    );
    const { stdout, root } = sandbox;
    const ended = new AbortController();
    void sandbox.ended.then((how) => ended.abort(new GuestError(`its agent ended ${how}`)));
    const lastWords = async () => '';
    const listening = await whereItListens({ stdout, ended: sandbox.ended, lastWords, signal });
    const { urls } = parts.add(await openDoors({ listening, root, host, ports }));
    return {
      ...{ urls, home: INSIDE.home, ended: ended.signal },
      [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

/** Bounded: what never ends a line is cut into lines. */
function lineReader(onLine: (line: string) => void): (bytes: Buffer) => Promise<void> {
  const LONGEST = 16_384;
  let rest = '';
  return async (bytes) => {
    const lines = `${rest}${bytes}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST) {
      lines.push(rest);
      rest = '';
    }
    for (const line of lines) onLine(line);
  };
}
