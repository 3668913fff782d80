/** Programs of the simulated desktop: all of them are commands of its shell. */
import { posix } from 'node:path';
import { FileError } from '../file-error.js';
import { GuestError, type GuestPrograms, GuestTimeout, type RunOptions, type RunResult } from '../machine.js';
import type { PracticeClock } from './clock.js';
import { HOME } from './files/home.js';
import type { MemoryFiles } from './files/memory-files.js';
import { runCommand } from './shell/run.js';
import { commandName, newShell, type ShellCommand, type ShellHost } from './shell/shell.js';

export interface ProgramsParts {
  files: MemoryFiles;
  clock: PracticeClock;
  commands: ReadonlyMap<string, ShellCommand>;
  environment: Readonly<Record<string, string>>;
  /** Ends everything that was launched. */
  lifetime: AbortSignal;
  /** Opens a file with its application. Throws GuestError. */
  openFile(path: string): void;
  /** A line for the machine's log. */
  log(line: string): void;
}

export class PracticePrograms implements GuestPrograms {
  constructor(private readonly parts: ProgramsParts) {}

  async run(argv: readonly string[], { cwd = HOME, timeoutSeconds, signal }: RunOptions): Promise<RunResult> {
    this.#check(argv);
    const { clock, lifetime } = this.parts;
    const deadline = clock.now() + timeoutSeconds * 1000;
    using ends = firstOf(signal, lifetime);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    const host = this.#host(ends.signal, async (seconds) => {
      const left = deadline - clock.now();
      await clock.sleep(Math.min(seconds * 1000, Math.max(0, left)), ends.signal);
      if (seconds * 1000 > left) throw new GuestTimeout(argv, timeoutSeconds);
    });
    const returncode = await runCommand(argv, newShell('sh', cwd, this.parts.environment), host, {
      stdin: Buffer.alloc(0),
      out: (data) => stdout.push(data),
      err: (data) => stderr.push(data),
    });
    if (returncode === null) throw new FileError('ENOENT', argv[0] ?? '');
    return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), returncode };
  }

  /** Its failure later is nobody's answer any more: it goes to the log. */
  async launch(argv: readonly string[]): Promise<void> {
    this.#check(argv);
    const options: RunOptions = { timeoutSeconds: Number.POSITIVE_INFINITY, signal: this.parts.lifetime };
    void this.run(argv, options).then(
      ({ returncode, stderr }) => {
        if (returncode !== 0)
          this.parts.log(`${argv[0]} exited with ${returncode}: ${stderr.toString().trim()}`);
      },
      (error: unknown) => this.parts.log(`${argv[0]} ended: ${error}`),
    );
  }

  async open(path: string): Promise<void> {
    this.parts.openFile(path);
  }

  async has(command: string): Promise<boolean> {
    return this.parts.commands.has(commandName(command));
  }

  /** The shell of a terminal window: no time limit, ends with the machine. */
  shellHost(): ShellHost {
    const { clock, lifetime } = this.parts;
    return this.#host(lifetime, (seconds) => clock.sleep(seconds * 1000, lifetime));
  }

  #host(signal: AbortSignal, sleep: ShellHost['sleep']): ShellHost {
    const { files, commands, clock } = this.parts;
    return { files, commands, now: () => clock.now(), sleep, signal };
  }

  /** In Python's words, as its `subprocess` refuses. */
  #check(argv: readonly string[]): void {
    const [program = ''] = argv;
    if (argv.some((arg) => arg.includes('\0'))) throw new GuestError('embedded null byte');
    if (this.parts.commands.has(commandName(program))) return;
    const kind = program.includes('/') ? this.parts.files.kind(posix.resolve(HOME, program)) : null;
    throw kind === null
      ? new FileError('ENOENT', program)
      : new GuestError(`[Errno 13] Permission denied: '${program}'`);
  }
}

/** Aborts with the first of the signals. `AbortSignal.any` would leave an entry in long-lived ones for every program. */
function firstOf(...signals: AbortSignal[]): Disposable & { signal: AbortSignal } {
  const first = new AbortController();
  const abort = () => first.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', abort);
  if (signals.some(({ aborted }) => aborted)) abort();
  return {
    signal: first.signal,
    [Symbol.dispose]() {
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
