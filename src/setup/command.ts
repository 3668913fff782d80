/** One command of a plan. `--dry-run` prints it and the engine runs it, so that the script and the run cannot differ. */
import type { Argv, RunAs } from '../host/host.js';

export interface Command {
  /** Program and arguments; nothing of it is ever read by a shell. */
  argv: Argv;
  /** `root`: through sudo where this user is not root. `docker`: this user, with the groups that setup-vm joined also before the next login. */
  as: RunAs;
  /** Default: the folder where setup-vm was started. */
  cwd?: string;
  /** On top of the environment of setup-vm. */
  env?: Readonly<Record<string, string>>;
  /** What the program reads; default: nothing. */
  stdin?: string;
  /** Looked at when its turn comes. `exists`: any of these. */
  onlyIf?: { exists: readonly string[] } | { missing: string };
  /** Waits until no other package manager runs. */
  lock?: 'apt';
  /** For what a network can break. Default: one attempt. */
  retry?: Retry;
  /** Milliseconds after which an attempt has failed. Default 15 min. */
  limitMs?: number;
  /** With a terminal of its own, for a program that tells how far it is to a terminal only. */
  terminal?: boolean;
  /** Made for each attempt: reads how far the program is from its lines, null for a line that does not say it. */
  progress?: () => (line: string) => Progress | null;
  /** A file that grows while the command runs, shown as progress. */
  grows?: { path: string; totalBytes: number | null };
}

export interface Progress {
  /** Of what there is to do, 0 to 1; null when that is not known. */
  fraction: number | null;
  /** E.g. `412 MB of 1 GB`. */
  text: string;
}

export interface Retry {
  attempts: number;
  /** Exit codes after which another attempt would end the same way. */
  finalExitCodes: readonly number[];
}

/** For what fetches something: a network that failed may be back. */
export const NETWORK_RETRY: Retry = { attempts: 3, finalExitCodes: [] };

type Extras = Omit<Command, 'argv' | 'as'>;

export const HOUR_MS = 3_600_000;

export function asUser(argv: Command['argv'], extras: Extras = {}): Command {
  return { argv, as: 'user', ...extras };
}

export function asRoot(argv: Command['argv'], extras: Extras = {}): Command {
  return { argv, as: 'root', ...extras };
}

export function asDockerUser(argv: Command['argv'], extras: Extras = {}): Command {
  return { argv, as: 'docker', ...extras };
}

export function docker(args: readonly string[], extras: Extras = {}): Command {
  return asDockerUser(['docker', ...args], extras);
}

/** Writes a whole file and its folders. `mode` in octal digits. */
export function writeFile(as: 'user' | 'root', path: string, content: string, mode = '0644'): Command {
  return { argv: ['install', '-D', '-m', mode, '/dev/stdin', path], as, stdin: content };
}
