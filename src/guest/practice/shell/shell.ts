/** What the shell and its commands share: a shell's state, what a command gets, the machine below. */
import { posix } from 'node:path';
import type { MemoryFiles } from '../files/memory-files.js';

/** A command was called wrongly: the message goes to stderr and it exits with 2. */
export class UsageError extends Error {}

/** What lasts from one command of a shell to the next. */
export interface ShellState {
  /** `sh`, `bash`: how it names itself in its errors. */
  name: string;
  cwd: string;
  variables: Map<string, string>;
  /** `$1`, `$2`, … */
  positional: readonly string[];
  /** `$?` */
  status: number;
  /** Set by `exit`: nothing more is run. */
  exited: boolean;
}

/** What a command gets, and leaves its output in. */
export interface CommandIo {
  name: string;
  args: readonly string[];
  stdin: Buffer;
  out(data: string | Buffer): void;
  err(data: string | Buffer): void;
  shell: ShellState;
  host: ShellHost;
}

/** Returns its exit status. FileErrors may escape: they are reported as its own. */
export type ShellCommand = (io: CommandIo) => number | Promise<number>;

/** The machine below the shell. */
export interface ShellHost {
  files: MemoryFiles;
  commands: ReadonlyMap<string, ShellCommand>;
  /** Milliseconds since the epoch, by the guest's clock. */
  now(): number;
  /** Waits in the guest's time; rejects when the program is to end. */
  sleep(seconds: number): Promise<void>;
  /** Aborted when the program is to end. */
  signal: AbortSignal;
}

export function newShell(
  name: string,
  cwd: string,
  environment: Readonly<Record<string, string>>,
): ShellState {
  return {
    name,
    cwd,
    variables: new Map(Object.entries(environment)),
    positional: [],
    status: 0,
    exited: false,
  };
}

/** `/usr/bin/ls` is `ls`: every command stands in the folders of PATH. */
export function commandName(path: string): string {
  return ['/bin', '/usr/bin', '/usr/local/bin'].includes(posix.dirname(path)) ? posix.basename(path) : path;
}
