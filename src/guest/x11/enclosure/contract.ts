/** What an enclosure is, whichever way it was made. */

export interface EnclosureOptions {
  /** Folder that becomes the home directory. Default: an empty one. */
  home?: string;
  signal: AbortSignal;
  log(line: string): void;
}

export interface Enclosure extends AsyncDisposable {
  /** Whether namespaces keep it apart from the machine. */
  readonly isolated: boolean;
  /** The home directory, as programs in it see it. */
  readonly home: string;
  /** Folder for what the desktop itself needs, likewise; only this user may enter it. */
  readonly session: string;
  /** Put before an absolute path of the desktop it makes the path under which this process sees the file. */
  readonly root: string;
  /** PATH of the programs. */
  readonly path: string;
  /** The command line that runs `argv` in it, in the folder `cwd`. */
  command(argv: readonly string[], cwd: string): [string, ...string[]];
  /** Environment variable by which every process of it is known. */
  readonly mark: Readonly<Record<string, string>>;
  /** Aborts when it ended by itself. */
  readonly ended: AbortSignal;
}
