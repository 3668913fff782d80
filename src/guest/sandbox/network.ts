/**
 * The network of a sandbox: slirp4netns carries its connections to the internet as a program of this user would make them.
 * What is not the internet is unreachable (unreachable.ts).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { endOf } from '../../lib/child-end.js';
import { GuestError } from '../machine.js';
import { withTun } from './tun.js';

/** slirp4netns's own, inside: it asks the resolver of this machine. */
export const NAME_SERVER = '10.0.2.3';

const START_DEADLINE_MS = 10_000;

export interface Network extends AsyncDisposable {
  /** Its program's, whose memory and processor time what runs inside can make it spend. */
  readonly pid: number;
}

/**
 * Connects the network namespace of process `pid`, which is in the user namespace that owns it. `as` stands before the
 * command: it takes the sandbox's user. Disposing ends it; so does the end of this process.
 */
export async function startNetwork(
  pid: number,
  as: readonly string[],
  signal: AbortSignal,
): Promise<Network> {
  const [program = '', ...args] = [
    ...(await withTun()),
    ...as,
    // In that user namespace, but in this network: so it may take everything away from itself (--enable-sandbox).
    ...['nsenter', `--user=/proc/${pid}/ns/user`, '--preserve-credentials', '--'],
    ...['slirp4netns', '--configure', '--mtu=65520', '--disable-host-loopback'],
    ...['--enable-sandbox', '--enable-seccomp', '--ready-fd=3', '--exit-fd=4'],
    ...['--netns-type=path', `/proc/${pid}/ns/net`, 'tap0'],
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  let words = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    words = `${words}${bytes}`.slice(-2000);
  });
  const ended = endOf(child);
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    await Promise.race([
      once(child.stdio[3] as Readable, 'data', { signal: limit }),
      ended.then((how) => {
        throw new GuestError(`slirp4netns ended ${how}: ${words.trim()}`);
      }),
    ]);
  } catch (error) {
    await end();
    signal.throwIfAborted();
    throw error;
  }
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: end };
}
