/** The user's own ssh: one connection, authenticated once, over which commands run and files go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { SSH_HOST_PATTERN } from '../../config/schema/tunnel.js';
import { ArpoEnvError } from '../../errors.js';
import { shellLine } from '../../shell-words.js';

export interface SshConnection extends AsyncDisposable {
  host: string;
  /** Runs a POSIX shell script, which goes over standard input; answers its output. Throws when it fails. */
  script(text: string): Promise<string>;
  /** Runs a constant command line with `input` as its standard input. Throws when it fails. */
  send(commandLine: string, input: Readable): Promise<void>;
  /** Runs a command line on the terminal of this process, whose Ctrl-C goes there; answers its exit code. */
  attach(commandLine: string): Promise<number>;
  /** Runs a command line without a terminal, and ends it there when it is not wanted any more; answers its exit code. */
  watch(commandLine: string): Promise<number>;
}

const SCRIPT_LIMIT_MS = 10 * 60_000;
const SEND_LIMIT_MS = 30 * 60_000;
const CONNECT_LIMIT_S = 20;
/** A link that is dead is noticed within a minute. */
const ALIVE_INTERVAL_S = 15;
const ALIVE_COUNT = 4;
/** apt may finish what dpkg is at before it lets itself be ended. */
const STOP_LIMIT_MS = 60_000;
/** Without a terminal sshd sends no signal when the client goes; the end of its input is what tells. */
const GUARD = `exec 3<&0
sh -c "exec $1" 3<&- </dev/null &
child=$!
{ cat; kill -TERM "$child"; } <&3 >/dev/null 2>&1 &
exec 3<&-
wait "$child"`;
/** ssh's own exit code for what is its own failure (ssh(1)). */
const SSH_FAILED = 255;

export async function openSsh(
  host: string,
  signal: AbortSignal,
  interactive: boolean,
): Promise<SshConnection> {
  if (!SSH_HOST_PATTERN.test(host)) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `${JSON.stringify(host)} is no SSH host`,
      fix: 'name an alias of ~/.ssh/config, or user@host',
    });
  }
  // Short: the path of a socket has at most 104 characters.
  const folder = await mkdtemp(join(tmpdir(), 'arpo-ssh-'));
  const shared = [
    ...['-o', 'ControlMaster=auto', '-o', `ControlPath=${join(folder, 's')}`, '-o', 'ControlPersist=120'],
    ...['-o', `ServerAliveInterval=${ALIVE_INTERVAL_S}`, '-o', `ServerAliveCountMax=${ALIVE_COUNT}`],
    ...['-o', `ConnectTimeout=${CONNECT_LIMIT_S}`, '-o', `BatchMode=${interactive ? 'no' : 'yes'}`],
  ];
  const common = { reject: false, cancelSignal: signal } as const;
  const check = (exitCode: number | undefined, stderr: string, what: string) => {
    signal.throwIfAborted();
    if (exitCode !== 0) throw failed(host, exitCode, stderr, what);
  };
  return {
    host,
    async script(text) {
      const result = await execa('ssh', [...shared, '-T', '--', host, 'exec sh -s'], {
        ...common,
        input: text,
        timeout: SCRIPT_LIMIT_MS,
      });
      check(result.exitCode, result.stderr, 'a script');
      return result.stdout;
    },
    async send(commandLine, input) {
      const result = await execa('ssh', [...shared, '-T', '--', host, commandLine], {
        ...common,
        input,
        timeout: SEND_LIMIT_MS,
      });
      check(result.exitCode, result.stderr, 'what was sent');
    },
    async attach(commandLine) {
      const result = await execa('ssh', [...shared, '-t', '--', host, commandLine], {
        ...common,
        stdio: ['inherit', 'inherit', 'inherit'],
      });
      signal.throwIfAborted();
      return exitCodeOf(host, result.exitCode);
    },
    async watch(commandLine) {
      signal.throwIfAborted();
      const child = execa(
        'ssh',
        [...shared, '-T', '--', host, `exec sh -c ${shellLine([GUARD, 'sh', commandLine])}`],
        {
          reject: false,
          stdio: ['pipe', 'inherit', 'inherit'],
          // Ctrl-C at our terminal must not take the connection away before the other side has stopped.
          detached: true,
        },
      );
      const end = () => {
        child.stdin.end();
        timer = setTimeout(() => child.kill(), STOP_LIMIT_MS);
      };
      let timer: NodeJS.Timeout | undefined;
      signal.addEventListener('abort', end);
      const { exitCode } = await child;
      signal.removeEventListener('abort', end);
      clearTimeout(timer);
      signal.throwIfAborted();
      return exitCodeOf(host, exitCode);
    },
    async [Symbol.asyncDispose]() {
      await execa('ssh', [...shared, '-O', 'exit', '--', host], {
        reject: false,
        stdin: 'ignore',
        timeout: 5000,
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function exitCodeOf(host: string, exitCode: number | undefined): number {
  if (exitCode !== undefined && exitCode !== SSH_FAILED) return exitCode;
  throw new ArpoEnvError({
    code: 'E_TUNNEL_HOST',
    message: `the SSH connection to ${host} was lost while setup-vm ran there`,
    fix: 'run the same command again: setup-vm there stops when the connection ends, what it has done stays, and it goes on at the step it was at',
  });
}

function failed(host: string, exitCode: number | undefined, stderr: string, what: string): ArpoEnvError {
  const words = stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`;
  if (exitCode === SSH_FAILED) {
    return new ArpoEnvError({
      code: 'E_TUNNEL_HOST',
      message: `${host} cannot be reached over SSH: ${words}`,
      fix: `try it by hand: ssh ${host} true`,
    });
  }
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `on ${host}, ${what} failed: ${words}`,
    fix: 'fix what it says, then run the same command again',
  });
}
