/** What a command of the practice desktop gets, and how one is run. */
import { posix } from 'node:path';
import { FileError } from '../../file-error.js';
import type { MemoryFiles } from '../files/memory-files.js';

/** A command was called wrongly: the message goes to stderr and it exits with 2. */
export class UsageError extends Error {}

/** Where a command's output goes. */
export interface Streams {
  out(data: string | Buffer): void;
  err(data: string | Buffer): void;
}

/** What lasts from one command of a shell to the next. */
export interface Shell {
  /** `sh`, `bash`: how it names itself in its errors. */
  name: string;
  cwd: string;
  /** Exit status of the last command. */
  status: number;
  /** Set by `exit`: nothing more is run. */
  exited: boolean;
}

/** The machine below the commands. */
export interface CommandHost {
  readonly files: MemoryFiles;
  readonly commands: ReadonlyMap<string, Command>;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, by the guest's clock. */
  now(): number;
  /** Waits in the guest's time; rejects when the program is to end. */
  sleep(seconds: number): Promise<void>;
  /** Counts bytes of output. Throws GuestError when the program has made too many. */
  spend(bytes: number): void;
  /** Aborted when the program is to end. */
  readonly signal: AbortSignal;
}

export interface CommandIo extends Streams {
  name: string;
  args: readonly string[];
  shell: Shell;
  host: CommandHost;
}

/** Returns its exit status. FileErrors may escape: they are reported as its own. */
export type Command = (io: CommandIo) => number | Promise<number>;

/** Runs one command; null when there is none of this name. */
export async function runCommand(
  [program = '', ...args]: readonly string[],
  shell: Shell,
  host: CommandHost,
  streams: Streams,
): Promise<number | null> {
  const name = commandName(program);
  const command = host.commands.get(name);
  if (!command) return null;
  const into = (stream: keyof Streams) => (data: string | Buffer) => {
    host.spend(Buffer.byteLength(data));
    streams[stream](data);
  };
  const [out, err] = [into('out'), into('err')];
  try {
    return await command({ name, args, out, err, shell, host });
  } catch (error) {
    if (error instanceof UsageError) {
      err(`${name}: ${error.message}\n`);
      return 2;
    }
    if (!(error instanceof FileError)) throw error;
    err(`${name}: ${error.path}: ${error.reason}\n`);
    return 1;
  }
}

/** `/usr/bin/ls` is `ls`: every command stands in the folders of PATH. */
export function commandName(path: string): string {
  return ['/bin', '/usr/bin', '/usr/local/bin'].includes(posix.dirname(path)) ? posix.basename(path) : path;
}

export function resolve(io: CommandIo, path: string): string {
  return posix.resolve(io.shell.cwd, path);
}

/** Letters in `known` are flags. Throws UsageError for others: an option that is not understood is never ignored. */
export function parseOptions(
  { args }: CommandIo,
  known: string,
): { flags: ReadonlySet<string>; operands: readonly string[] } {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const options = before.filter((arg) => /^-./.test(arg));
  const long = options.find((option) => option.startsWith('--'));
  if (long !== undefined) throw new UsageError(`unrecognized option '${long}'`);
  const flags = new Set(options.flatMap((option) => [...option.slice(1)]));
  for (const letter of flags) {
    if (!known.includes(letter)) throw new UsageError(`invalid option -- '${letter}'`);
  }
  const operands = before.filter((arg) => !/^-./.test(arg)).concat(end === -1 ? [] : args.slice(end + 1));
  return { flags, operands };
}

/** Needs at least `count` operands. */
export function needOperands(operands: readonly string[], count: number): void {
  if (operands.length >= count) return;
  const after = operands.length === 0 ? '' : ` after '${operands.at(-1)}'`;
  throw new UsageError(`missing operand${after}`);
}
