/** Where a desktop has its home directory and its own files, and who ends its programs when its agent does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../lib/make-folder.js';
import { startWatchdog } from './watchdog.js';

export interface PlaceOptions {
  /** Folder that is the home directory. */
  home?: string | undefined;
  /** Whether this process and all that it starts are alone in process, mount and network namespaces of their own. */
  sandboxed: boolean;
  signal: AbortSignal;
}

/** Disposing removes the session folder; outside a sandbox it ends the programs first. */
export interface Place extends AsyncDisposable {
  /** The home directory. */
  readonly home: string;
  /** Folder for what the desktop itself needs; only this user may enter it. */
  readonly session: string;
  /** Folder of the programs' sockets, XDG_RUNTIME_DIR; as private. */
  readonly runtime: string;
  /** PATH of the programs. */
  readonly path: string;
  /** Variables that belong into the environment of every program. */
  readonly variables: Readonly<Record<string, string>>;
  /** Aborts when the programs can no longer be sure to end with the agent. */
  readonly ended: AbortSignal;
}

/** By it whoever started this process knows all that it starts; handed on. */
export const DESKTOP_VARIABLE = 'ARPO_ENV_LOCAL_DESKTOP';
const DESKTOP_HOME = '/home/user';
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Without `home` it is this process's when that is the desktop's (a container, a sandbox), else a fresh one. */
export async function openPlace({ home, sandboxed, signal }: PlaceOptions): Promise<Place> {
  const session = await mkdtemp(join(tmpdir(), 'arpo-env-desktop-'));
  try {
    const own = home ?? (process.env.HOME === DESKTOP_HOME ? DESKTOP_HOME : join(session, 'home'));
    await makeFolder(own);
    const given = process.env[DESKTOP_VARIABLE];
    const variables = given === undefined ? {} : { [DESKTOP_VARIABLE]: given };
    // Where tasks look for the bus of OSWorld's machine; elsewhere that folder is a person's.
    const usual = `/run/user/${process.getuid?.()}`;
    const hasUsual = sandboxed && own === DESKTOP_HOME && (await canHave(usual));
    const runtime = hasUsual ? usual : join(session, 'runtime');
    const place = { home: own, session, runtime, path: desktopPath(), variables };
    if (sandboxed) {
      // The end of the namespaces ends the programs.
      return {
        ...{ ...place, ended: new AbortController().signal },
        [Symbol.asyncDispose]: () => rm(session, { recursive: true, force: true }),
      };
    }
    const { mark, ...watchdog } = await startWatchdog(session, variables, signal);
    return { ...place, variables: { ...variables, ...mark }, ...watchdog };
  } catch (error) {
    await rm(session, { recursive: true, force: true });
    throw error;
  }
}

/** A container's image may have no place for it. */
async function canHave(folder: string): Promise<boolean> {
  return makeFolder(folder, 0o700).then(
    () => true,
    () => false,
  );
}

/** PATH of a desktop's programs: this process's, without what lies in homes and /tmp, which a sandbox does not have. */
export function desktopPath(env: NodeJS.ProcessEnv = process.env): string {
  const hidden = ['/home/', '/tmp/', `${homedir()}/`];
  const folders = `${env.PATH ?? ''}:${SYSTEM_PATH}`.split(':');
  const visible = folders.filter(
    (folder) =>
      folder.startsWith('/') && !hidden.some((prefix) => prefix !== '//' && `${folder}/`.startsWith(prefix)),
  );
  return [...new Set(visible)].join(':');
}
