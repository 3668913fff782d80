/** The user's own ssh: one connection, authenticated once, over which commands run and files go. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { SSH_HOST_PATTERN } from '../../config/schema/tunnel.js';
import { ArpoEnvError } from '../../errors.js';

export interface SshConnection extends AsyncDisposable {
  host: string;
  /** Runs a POSIX shell script, which goes over standard input; answers its output. Throws when it fails. */
  script(text: string): Promise<string>;
  /** Runs a constant command line with `input` as its standard input. Throws when it fails. */
  send(commandLine: string, input: Readable): Promise<void>;
  /** Runs a command line on the terminal of this process; answers its exit code. */
  attach(commandLine: string, options: { terminal: boolean }): Promise<number>;
}

const SCRIPT_LIMIT_MS = 10 * 60_000;
const SEND_LIMIT_MS = 30 * 60_000;
const CONNECT_LIMIT_S = 20;
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
      hint: 'name an alias of ~/.ssh/config, or user@host',
    });
  }
  // Short: the path of a socket has at most 104 characters.
  const folder = await mkdtemp(join(tmpdir(), 'arpo-ssh-'));
  const shared = [
    ...['-o', 'ControlMaster=auto', '-o', `ControlPath=${join(folder, 's')}`, '-o', 'ControlPersist=120'],
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
    async attach(commandLine, { terminal }) {
      const result = await execa('ssh', [...shared, terminal ? '-t' : '-T', '--', host, commandLine], {
        ...common,
        stdio: ['inherit', 'inherit', 'inherit'],
      });
      signal.throwIfAborted();
      if (result.exitCode === SSH_FAILED || result.exitCode === undefined)
        throw failed(host, SSH_FAILED, 'the connection ended', 'setup-vm');
      return result.exitCode;
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

function failed(host: string, exitCode: number | undefined, stderr: string, what: string): ArpoEnvError {
  const words = stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`;
  if (exitCode === SSH_FAILED) {
    return new ArpoEnvError({
      code: 'E_TUNNEL_HOST',
      message: `${host} cannot be reached over SSH: ${words}`,
      hint: `try it by hand: ssh ${host} true`,
    });
  }
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `on ${host}, ${what} failed: ${words}`,
    hint: 'mend what it says, then run the same command again',
  });
}
