/** The system's ssh in its role as a ControlMaster: one process that holds the connection, and what its log tells. */
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import { deferred, settle } from '../../lib/wait.js';
import type { SshTarget, TargetOptions } from '../host/target.js';
import { Banner } from '../login/banner.js';
import { Patience } from '../login/patience.js';
import { ASKS_NOBODY, masterArgs } from './args.js';
import { opensshError } from './errors.js';

export interface Master {
  /** Resolves when the process is gone, with its last words. */
  readonly gone: Promise<string>;
  /** Calls `listener` with every line of its log from now on. */
  onLine(listener: (line: string) => void): void;
  /** Ends it, by force when it does not want to. */
  stop(): Promise<void>;
}

export interface MasterOptions {
  target: SshTarget;
  options: TargetOptions;
  socket: string;
  keepaliveMs: number;
  signal: AbortSignal;
  onAuthenticating: () => void;
  /** Told at once which process it is. */
  onStarted: (pid: number) => void;
}

const KILL_AFTER_MS = 1000;
const LOG_LINES = 200;
/** Its own lines; what else comes before the login is the server's banner, or a warning. */
const OWN_LINE = /^(debug\d|OpenSSH_|Authenticated to)/;
/** Before it, only names and addresses are tried. */
const MAY_ASK = /^debug1: (Connection established|Executing proxy command)/;

/** Resolves when it is logged in; throws as connect() does, and nothing is left then. */
export async function startMaster(master: MasterOptions): Promise<Master> {
  const { target, options, socket, keepaliveMs, signal, onAuthenticating, onStarted } = master;
  const args = masterArgs(options, socket, keepaliveMs, target.forks);
  const child = execa('ssh', args, {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    env: options.person?.present ? {} : ASKS_NOBODY,
    buffer: false,
    reject: false,
    forceKillAfterDelay: KILL_AFTER_MS,
  });
  if (child.pid !== undefined) onStarted(child.pid);
  const log: string[] = [];
  const { limitMs } = new Patience(target, options.person);
  let patience: Patience | null = null;
  const failure = (said: readonly string[]) =>
    opensshError(target, ['ssh', ...args].join(' '), said, patience?.wasSlow);
  const listeners = new Set<(line: string) => void>();
  using banner = new Banner(target, options.person);
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    log.push(line);
    if (log.length > LOG_LINES) log.shift();
    for (const listener of listeners) listener(line);
  });
  const read = new Promise<void>((resolve) => lines.once('close', resolve));
  const gone = Promise.all([child, read]).then(([result]) => {
    return result.code === 'ENOENT'
      ? MISSING
      : (log.filter((line) => !/^(debug|Transferred|Bytes per)/.test(line)).at(-1) ?? 'ssh ended');
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  const started = deferred<void>();
  try {
    const login = settle<void>(
      {
        signals: [signal],
        // With a person ssh asks at the terminal, and the server sets the limit.
        ...(options.person?.present ? {} : { timeoutMs: limitMs + target.connectTimeoutMs }),
      },
      (resolve, reject) => {
        listeners.add((line) => {
          if (!OWN_LINE.test(line)) banner.add(line);
          if (line.includes('SSH2_MSG_SERVICE_ACCEPT received')) {
            patience = new Patience(target, options.person);
            onAuthenticating();
          }
          if (MAY_ASK.test(line)) started.resolve();
          // A jump host's ssh writes into the same log, so only what names our socket counts.
          if (/^debug1: channel \d+: new /.test(line) && line.includes(`[${socket}]`)) resolve();
        });
        void gone.then((words) => reject(words === MISSING ? noSsh() : failure(log)));
      },
    );
    // From its first words to the server it asks at the terminal what it wants to know.
    await Promise.race([started.promise, login]);
    await (options.person ? options.person.lend(() => login) : login);
    listeners.clear();
    (patience as Patience | null)?.succeeded();
    return { gone, stop, onLine: (listener) => void listeners.add(listener) };
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error instanceof ArpoEnvError ? error : failure([...log, String(error)]);
  }
}

const MISSING = 'there is no ssh program in PATH';

function noSsh(): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: `--transport openssh uses the system's ssh, but ${MISSING}`,
    fix: 'install it (`sudo apt-get install openssh-client`), or leave --transport out to use the built-in client',
  });
}
