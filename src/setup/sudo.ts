/** Root's rights, asked for once and kept while the run lasts. */
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';

/** sudo forgets after 15 min by default (5 on some systems); downloads last longer. */
const KEEP_ALIVE_MS = 60_000;
/** A person types a password in this time, or is away. */
const PROMPT_LIMIT_MS = 5 * 60_000;

export interface SudoOptions {
  isRoot: boolean;
  /** A person at the terminal may be asked for the password. */
  interactive: boolean;
  signal: AbortSignal;
}

/** Afterwards `sudo -n` works, until this is disposed. Throws E_NO_SUDO. */
export async function acquireSudo({ isRoot, interactive, signal }: SudoOptions): Promise<Disposable> {
  if (isRoot) return { [Symbol.dispose]() {} };
  const silent = await execa('sudo', ['-n', 'true'], {
    reject: false,
    stdin: 'ignore',
    timeout: 20_000,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (silent.code === 'ENOENT') {
    throw noSudo(
      'root is needed, and there is no sudo on this machine',
      'as root: apt-get install sudo && usermod -aG sudo USER; then log in again',
    );
  }
  if (silent.exitCode !== 0) await askPassword(String(silent.stderr), interactive, signal);
  const timer = setInterval(() => {
    execa('sudo', ['-n', '-v'], { reject: false, stdin: 'ignore', timeout: 20_000, cancelSignal: signal });
  }, KEEP_ALIVE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function askPassword(words: string, interactive: boolean, signal: AbortSignal): Promise<void> {
  if (!interactive) {
    throw noSudo(
      `root is needed, and sudo does not give it without a terminal: ${words.trim().split('\n').at(-1) || 'no reason given'}`,
      'run it in a terminal, or run the script of --dry-run by hand',
    );
  }
  const asked = await execa('sudo', ['-v', '-p', '[sudo] password of %p for setup-vm: '], {
    reject: false,
    stdio: ['inherit', 2, 2],
    timeout: PROMPT_LIMIT_MS,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (asked.exitCode === 0) return;
  throw noSudo(
    'root is needed, and sudo did not give it',
    'as root: usermod -aG sudo USER; then log in again',
  );
}

function noSudo(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_NO_SUDO', message, fix });
}
