/**
 * Where a desktop's programs live. With namespaces (util-linux's `unshare`) they have a /home, a /tmp and a process table
 * of their own: `/home/user` is fresh, `pkill chrome` ends no other desktop's browser, and the kernel ends everything when
 * the agent does, however that ends. Without (most unprivileged containers), they are processes of this machine.
 */
import { openNamespaces } from './namespaces.js';
import { openPlain } from './plain.js';

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

/** Rejects when neither way works, or with the signal's reason. */
export async function openEnclosure(options: EnclosureOptions): Promise<Enclosure> {
  const isolated = await openNamespaces(options);
  if (typeof isolated !== 'string') return isolated;
  options.log(`no namespaces here (${isolated}): programs share the machine's files and process table`);
  return openPlain(options);
}
