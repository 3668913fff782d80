/** One command of a plan. `--dry-run` prints it and the engine runs it, so that the script and the run cannot differ. */

export interface Command {
  /** Program and arguments; nothing of it is ever read by a shell. With `as: 'docker'` the program is `docker`. */
  argv: readonly [program: string, ...args: string[]];
  /** `root`: through sudo where this user is not root. `docker`: this user, with the docker group also before the next login. */
  as: 'user' | 'root' | 'docker';
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
  /** A file that grows while the command runs, shown as progress. */
  grows?: { path: string; totalBytes: number | null };
}

export interface Retry {
  attempts: number;
  /** Exit codes after which another attempt would end the same way. */
  finalExitCodes: readonly number[];
}

type Extras = Omit<Command, 'argv' | 'as'>;

export const HOUR_MS = 3_600_000;

export function asUser(argv: Command['argv'], extras: Extras = {}): Command {
  return { argv, as: 'user', ...extras };
}

export function asRoot(argv: Command['argv'], extras: Extras = {}): Command {
  return { argv, as: 'root', ...extras };
}

export function docker(args: readonly string[], extras: Extras = {}): Command {
  return { argv: ['docker', ...args], as: 'docker', ...extras };
}

/** Writes a whole file and its folders. `mode` in octal digits. */
export function writeFile(as: 'user' | 'root', path: string, content: string, mode = '0644'): Command {
  return { argv: ['install', '-D', '-m', mode, '/dev/stdin', path], as, stdin: content };
}
