/**
 * The network of a sandbox: slirp4netns carries its connections to the internet as a program of this user would make them.
 * This machine, its neighbours and its cloud's metadata service are unreachable by the sandbox's own routes, which
 * nobody inside may change.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { Readable } from 'node:stream';
import { endOf } from '../../lib/child-end.js';
import { GuestError } from '../machine.js';
import { withTun } from './tun.js';

/** slirp4netns's own, inside: it asks the resolver of this machine. */
export const NAME_SERVER = '10.0.2.3';

/** Networks that are not the internet (IANA's special-purpose registry); slirp4netns's own is a more specific route. */
const NOT_THE_INTERNET = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const START_DEADLINE_MS = 10_000;

/** What is unreachable from inside, as `ip route` writes it: addresses that this machine gets later are private ones, in nearly all cases. */
export function unreachableNetworks(interfaces = networkInterfaces()): string[] {
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => `${address}/32`);
  return [...new Set([...NOT_THE_INTERNET, ...own])];
}

/**
 * Connects the network namespace of process `pid`, which is in the user namespace that owns it. `as` stands before the
 * command: it takes the sandbox's user. Disposing ends it; so does the end of this process.
 */
export async function startNetwork(
  pid: number,
  as: readonly string[],
  signal: AbortSignal,
): Promise<AsyncDisposable> {
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
  return { [Symbol.asyncDispose]: end };
}
