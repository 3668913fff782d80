/** What a sandbox sees of this machine's files: the system, read-only, with the files that name people and machines replaced. */
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { NAME_SERVER } from './network.js';
import { INSIDE } from './user.js';

/** A file or folder of this machine that is seen inside, read-only. */
export interface Mount {
  source: string;
  target: string;
}

/** A file that exists inside alone. */
export interface MadeFile {
  target: string;
  text: string;
}

export interface SystemView {
  /** Options of bwrap(1). */
  options: string[];
  files: MadeFile[];
}

/** Of the root folder. Where they are links into /usr (merged-usr) they are links inside too. */
const ROOT_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const SETTINGS = '/etc';
/** What is installed there is shown one by one: others can be shown beside it. */
const OPTIONAL_SOFTWARE = '/opt';
/** What programs read of the rest: packages, fonts, the number of processors. */
const OTHERS = ['/var/lib/dpkg', '/var/cache/fontconfig', '/sys/devices/system', '/sys/fs/selinux/enforce'];
const HOSTNAME = 'user-virtual-machine';
const FIRST_PERSON = 1000;
const NOBODY = 65_534;

export async function systemView(): Promise<SystemView> {
  const optional = (await readdir(OPTIONAL_SOFTWARE).catch(() => [])).map((name) =>
    join(OPTIONAL_SOFTWARE, name),
  );
  const made = await Promise.all([
    replaced('/etc/passwd', await people('/etc/passwd', passwdLine())),
    replaced('/etc/group', await people('/etc/group', `${INSIDE.name}:x:${INSIDE.uid}:\n`)),
    replaced('/etc/hostname', `${HOSTNAME}\n`),
    replaced('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${HOSTNAME}\n::1 localhost ip6-localhost\n`),
    replaced('/etc/resolv.conf', `nameserver ${NAME_SERVER}\n`),
  ]);
  const files = made.filter((file) => file !== null);
  const settings = await entriesOf(SETTINGS, new Set(files.map(({ target }) => target)));
  return {
    options: [
      ...['--hostname', HOSTNAME],
      ...(await programFolders()),
      ...[SETTINGS, '/var', '/sys', OPTIONAL_SOFTWARE].flatMap((path) => ['--perms', '0755', '--dir', path]),
      ...settings,
      ...[...optional, ...OTHERS].flatMap((path) => ['--ro-bind-try', path, path]),
    ],
    files,
  };
}

/**
 * Of a folder's entries, one by one, all but those that are made: when this machine replaces a file on which another was
 * mounted, as useradd(8) does, that mount is gone (rename(2) in another mount namespace), and its own file is seen.
 */
async function entriesOf(folder: string, made: ReadonlySet<string>): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const shown = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    // What such a program makes for a moment may be gone by now, or when it is mounted.
    const link = entry.isSymbolicLink() ? await readlink(path).catch(() => null) : null;
    if (link !== null) return ['--symlink', link, path];
    const isShown = (entry.isFile() || entry.isDirectory()) && !made.has(path);
    return isShown ? ['--ro-bind-try', path, path] : [];
  });
  return (await Promise.all(shown)).flat();
}

/** /usr, and those of the root folder that programs and libraries are in. */
export async function programFolders(): Promise<string[]> {
  const folders = await Promise.all(ROOT_FOLDERS.map((name) => asItIs(`/${name}`)));
  return ['--ro-bind', '/usr', '/usr', ...folders.flat()];
}

/** Nothing where this machine has none; a link is one inside too. */
export async function asItIs(path: string): Promise<string[]> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSymbolicLink()) return ['--symlink', await readlink(path), path];
  return found ? ['--ro-bind', path, path] : [];
}

/** Where the file is in truth: /etc/resolv.conf is often a link into /run. Null when this machine has none: /etc is read-only inside. */
async function replaced(path: string, text: string): Promise<MadeFile | null> {
  const target = await realpath(path).catch(() => null);
  return target === null ? null : { target, text };
}

/** The system's own lines without this machine's people, then the desktop's person. */
async function people(path: string, person: string): Promise<string> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => {
    const id = Number(line.split(':')[2]);
    return line !== '' && (id < FIRST_PERSON || id === NOBODY);
  });
  return `${lines.join('\n')}\n${person}`;
}

function passwdLine(): string {
  return `${INSIDE.name}:x:${INSIDE.uid}:${INSIDE.uid}:${INSIDE.name}:${INSIDE.home}:/bin/bash\n`;
}
