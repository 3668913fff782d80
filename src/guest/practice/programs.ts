/** Programs of the practice desktop: all of them are commands in this process. */
import { posix } from 'node:path';
import { onAbort } from '../../lib/wait.js';
import { FileError } from '../file-error.js';
import { GuestError, type GuestPrograms, GuestTimeout, type RunOptions, type RunResult } from '../machine.js';
import type { PracticeClock } from './clock.js';
import { type Command, type CommandHost, commandName, runCommand } from './commands/command.js';
import { HOME } from './files/home.js';
import type { MemoryFiles } from './files/memory-files.js';

export interface ProgramsParts {
  files: MemoryFiles;
  clock: PracticeClock;
  commands: ReadonlyMap<string, Command>;
  environment: Readonly<Record<string, string>>;
  /** Ends everything that was launched. */
  lifetime: AbortSignal;
  /** Opens a file with its application. Throws GuestError. */
  openFile(path: string): void;
  /** A line for the machine's log. */
  log(line: string): void;
}

/** Linux's limit for one argument. */
const LONGEST_ARGUMENT = 128 * 1024;
/** Of one program, to wherever it goes. */
const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;
/** That were launched and have not ended. */
const MAX_LAUNCHED = 64;

export class PracticePrograms implements GuestPrograms {
  readonly #parts: ProgramsParts;
  #launched = 0;

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
  }

  async run(argv: readonly string[], { cwd = HOME, timeoutSeconds, signal }: RunOptions): Promise<RunResult> {
    this.#check(argv);
    const { clock, lifetime } = this.#parts;
    const deadline = clock.now() + timeoutSeconds * 1000;
    const ended = new AbortController();
    using _stopped = onAbort(signal, (reason) => ended.abort(reason));
    using _over = onAbort(lifetime, (reason) => ended.abort(reason));
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    const host = this.#host(ended.signal, async (seconds) => {
      const left = deadline - clock.now();
      await clock.sleep(Math.min(seconds * 1000, Math.max(0, left)), ended.signal);
      if (seconds * 1000 > left) throw new GuestTimeout(argv, timeoutSeconds);
    });
    const returncode = await runCommand(argv, { name: 'sh', cwd, status: 0, exited: false }, host, {
      out: (data) => stdout.push(Buffer.from(data)),
      err: (data) => stderr.push(Buffer.from(data)),
    });
    if (returncode === null) throw new FileError('ENOENT', argv[0] ?? '');
    return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), returncode };
  }

  /** Its failure later is nobody's answer any more: it goes to the log. */
  async launch(argv: readonly string[]): Promise<void> {
    this.#check(argv);
    if (this.#launched >= MAX_LAUNCHED) throw new GuestError('[Errno 11] Resource temporarily unavailable');
    this.#launched += 1;
    const options: RunOptions = { timeoutSeconds: Number.POSITIVE_INFINITY, signal: this.#parts.lifetime };
    void this.run(argv, options)
      .then(
        ({ returncode, stderr }) =>
          returncode === 0 ? null : `${argv[0]} exited with ${returncode}: ${stderr.toString().trim()}`,
        (error: unknown) => `${argv[0]} ended: ${error}`,
      )
      .then((problem) => {
        this.#launched -= 1;
        if (problem !== null) this.#parts.log(problem);
      });
  }

  async open(path: string): Promise<void> {
    this.#parts.openFile(path);
  }

  async has(command: string): Promise<boolean> {
    return this.#parts.commands.has(commandName(command));
  }

  #host(signal: AbortSignal, sleep: CommandHost['sleep']): CommandHost {
    const { files, commands, environment, clock } = this.#parts;
    let spent = 0;
    const spend = (bytes: number) => {
      spent += bytes;
      if (spent > MAX_OUTPUT_BYTES) throw new GuestError(`more than ${MAX_OUTPUT_BYTES} bytes of output`);
    };
    return { files, commands, environment, now: () => clock.now(), sleep, spend, signal };
  }

  /** In Python's words, as its `subprocess` refuses. */
  #check(argv: readonly string[]): void {
    const [program = ''] = argv;
    if (argv.some((arg) => arg.includes('\0'))) throw new GuestError('embedded null byte');
    if (argv.some((arg) => Buffer.byteLength(arg) > LONGEST_ARGUMENT)) {
      throw new GuestError(`[Errno 7] Argument list too long: '${program.slice(0, 100)}'`);
    }
    if (this.#parts.commands.has(commandName(program))) return;
    const kind = program.includes('/') ? this.#parts.files.kind(posix.resolve(HOME, program)) : null;
    throw kind === null
      ? new FileError('ENOENT', program)
      : new GuestError(`[Errno 13] Permission denied: '${program}'`);
  }
}
