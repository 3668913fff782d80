/** Small runs of ssh that ask the master for one thing each. */
import { createInterface } from 'node:readline';
import { Duplex, PassThrough } from 'node:stream';
import { execa } from 'execa';
import { onAbort, settle } from '../../lib/wait.js';
import {
  addressName,
  type CallLimits,
  ChannelRefused,
  type CommandChannel,
  isUnixSocket,
  type OpenFailure,
  type RemoteAddress,
  type TunnelChannel,
} from '../connection/connection.js';
import { clientArgs } from './args.js';
import type { Master } from './master.js';

const KILL_AFTER_MS = 1000;
/** In the words of OpenSSH's channels.c; only the master's log has them. */
const FAILURES: readonly [words: string, failure: OpenFailure][] = [
  ['connect failed', 'connect-failed'],
  ['unknown channel type', 'unknown-type'],
  ['resource shortage', 'shortage'],
];
const SESSION = 'a session';
/** The log comes by another pipe than the client's end. */
const LOG_LAG_MS = 200;

export class MuxClient {
  /** By what was asked for: a session, or an address. */
  readonly #failures = new Map<string, OpenFailure>();
  readonly #socket: string;
  readonly #ended: AbortSignal;

  constructor(socket: string, master: Master, ended: AbortSignal) {
    this.#socket = socket;
    this.#ended = ended;
    const asked = new Map<string, string>();
    let address = '';
    master.onLine((line) => {
      address = /channel_connect_stdio_fwd: (\S+)/.exec(line)?.[1] ?? address;
      const [, opened = '', kind] =
        /channel (\d+): new .*\[(client-session|stdio-forward)\]/.exec(line) ?? [];
      if (kind !== undefined) asked.set(opened, kind === 'client-session' ? SESSION : address);
      const [, channel = '', words] = /channel (\d+): open failed: (.*)/.exec(line) ?? [];
      if (words === undefined) return;
      const [, failure = 'prohibited'] = FAILURES.find(([start]) => words.startsWith(start)) ?? [];
      this.#failures.set(asked.get(channel) ?? SESSION, failure);
    });
  }

  /** A connection made by the server. OpenSSH's `-W` takes no unix socket: those are refused as if the server did. */
  async open(to: RemoteAddress, limits: CallLimits): Promise<TunnelChannel> {
    if (isUnixSocket(to)) throw new ChannelRefused('unknown-type');
    return this.#channel(`${to.bind}:${to.port}`, ['-W', addressName(to)], [], limits);
  }

  run(command: string, limits: CallLimits): Promise<CommandChannel> {
    return this.#channel(SESSION, ['-T'], [command], limits);
  }

  /** `-O forward` or `-O cancel`; what it printed. Rejects with what it said when the master or the server says no. */
  async control(
    command: 'forward' | 'cancel',
    spec: string,
    { signal, timeoutMs }: CallLimits,
  ): Promise<string> {
    const args = clientArgs(this.#socket, ['-O', command, '-R', spec]);
    const child = execa('ssh', args, { stdin: 'ignore', reject: false, forceKillAfterDelay: KILL_AFTER_MS });
    try {
      return await settle<string>({ signals: [signal, this.#ended], timeoutMs }, (resolve, reject) => {
        void child.then(({ failed, stdout, stderr }) => {
          if (failed) reject(new Error(withoutDebug(stderr).join(' ') || `ssh -O ${command} failed`));
          else resolve(stdout.trim());
        });
      });
    } finally {
      child.kill();
    }
  }

  async #channel(
    what: string,
    options: readonly string[],
    command: readonly string[],
    { signal, timeoutMs }: CallLimits,
  ): Promise<CommandChannel> {
    this.#failures.delete(what);
    const child = execa('ssh', [...clientArgs(this.#socket, options), ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      buffer: false,
      reject: false,
      forceKillAfterDelay: KILL_AFTER_MS,
    });
    const stderr = new PassThrough();
    const said = createInterface({ input: child.stderr });
    child.stdin.on('error', () => {}); // it has ended, which its stdout tells
    let ended = false;
    void child.then(() => {
      ended = true;
      stderr.end();
    });
    try {
      await settle<void>({ signals: [signal, this.#ended], timeoutMs }, (resolve, reject) => {
        said.on('line', (line) => {
          if (line.includes('master session id')) resolve();
          else if (!line.startsWith('debug')) stderr.write(`${line}\n`);
        });
        void child.then(() =>
          setTimeout(
            () => reject(new ChannelRefused(this.#failures.get(what) ?? 'prohibited')),
            this.#failures.has(what) ? 0 : LOG_LAG_MS,
          ),
        );
      });
    } catch (error) {
      child.kill();
      throw error;
    }
    const close = () => {
      if (!ended) child.kill();
      stream.destroy();
    };
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    stream.on('error', close); // cut off in the middle of something
    const cutOff = onAbort(this.#ended, close);
    stream.once('close', () => {
      cutOff[Symbol.dispose]();
      if (!ended) child.kill();
    });
    return Object.assign(stream, { stderr, eof: () => void child.stdin.end(), close });
  }
}

/** How a forward from `at` to a socket of ours is written. */
export function forwardSpec(at: RemoteAddress, socket: string): string {
  return `${addressName(at)}:${socket}`;
}

function withoutDebug(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !/^(debug|OpenSSH_)/.test(line));
}
