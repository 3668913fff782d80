/** The user's own ssh: one connection, authenticated once, over which commands run and files go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import { onAbort } from '../../lib/wait.js';
import { shellLine } from '../../shell-words.js';
import { addressOf, pastedSsh, type SshDestination, sshArgs } from '../../ssh/host/command-line.js';
import { codeOf, stageOf } from '../../ssh/openssh/failure-stage.js';

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

/** Connects when it is first asked for something. Throws E_USAGE for what is not an SSH host. */
export async function openSsh(
  host: string,
  signal: AbortSignal,
  interactive: boolean,
): Promise<SshConnection> {
  const destination: SshDestination = { host };
  addressOf(destination); // throws before anything is made
  // Short: the path of a socket has at most 104 characters.
  const folder = await mkdtemp(join(tmpdir(), 'arpo-ssh-'));
  const settings = {
    ControlMaster: 'auto',
    ControlPath: join(folder, 's'),
    ControlPersist: 120,
    ServerAliveInterval: ALIVE_INTERVAL_S,
    ServerAliveCountMax: ALIVE_COUNT,
    ConnectTimeout: CONNECT_LIMIT_S,
    BatchMode: interactive ? 'no' : 'yes',
  };
  const args = (flags: readonly string[], ...command: string[]) => [
    ...sshArgs(destination, { flags, settings }),
    ...command,
  ];
  const common = { reject: false, cancelSignal: signal } as const;
  const check = (exitCode: number | undefined, stderr: string, what: string) => {
    signal.throwIfAborted();
    if (exitCode !== 0) throw failed(host, exitCode, stderr, what);
  };
  return {
    host,
    async script(text) {
      const result = await execa('ssh', args(['-T'], 'exec sh -s'), {
        ...common,
        input: text,
        timeout: SCRIPT_LIMIT_MS,
      });
      check(result.exitCode, result.stderr, 'a script');
      return result.stdout;
    },
    async send(commandLine, input) {
      const result = await execa('ssh', args(['-T'], commandLine), {
        ...common,
        input,
        timeout: SEND_LIMIT_MS,
      });
      check(result.exitCode, result.stderr, 'what was sent');
    },
    async attach(commandLine) {
      const result = await execa('ssh', args(['-t'], commandLine), {
        ...common,
        stdio: ['inherit', 'inherit', 'inherit'],
      });
      signal.throwIfAborted();
      return exitCodeOf(host, result.exitCode);
    },
    async watch(commandLine) {
      signal.throwIfAborted();
      const child = execa('ssh', args(['-T'], `exec sh -c ${shellLine([GUARD, 'sh', commandLine])}`), {
        reject: false,
        stdio: ['pipe', 'inherit', 'inherit'],
        // Ctrl-C at our terminal must not take the connection away before the other side has stopped.
        detached: true,
      });
      let timer: NodeJS.Timeout | undefined;
      using _listener = onAbort(signal, () => {
        child.stdin.end();
        timer = setTimeout(() => child.kill(), STOP_LIMIT_MS);
      });
      const { exitCode } = await child;
      clearTimeout(timer);
      signal.throwIfAborted();
      return exitCodeOf(host, exitCode);
    },
    async [Symbol.asyncDispose]() {
      await execa('ssh', args(['-O', 'exit']), {
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
    code: 'E_SSH_HOST',
    message: `the SSH connection to ${host} was lost while setup-vm ran there`,
    fix: 'run the same command again: setup-vm there stops when the connection ends, what is done stays, and it resumes at the step where it stopped',
  });
}

function failed(host: string, exitCode: number | undefined, stderr: string, what: string): ArpoEnvError {
  const words = stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`;
  if (exitCode === SSH_FAILED) {
    return new ArpoEnvError({
      code: codeOf(stageOf(stderr)),
      message: `${host} cannot be reached over SSH: ${words}`,
      fix: `try it by hand: ${pastedSsh({ host }, ['true'])}`,
    });
  }
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `on ${host}, ${what} failed: ${words}`,
    fix: 'fix what it says, then run the same command again',
  });
}
