/** An enclosure of mount and process namespaces, and of a user namespace when this process is not root. */

import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { messageOf } from '../../../lib/errno.js';
import type { Enclosure, EnclosureOptions } from './contract.js';
import { startKeeper } from './keeper.js';
import { desktopPath } from './path.js';

const HOME = '/home/user';
const SESSION = '/tmp/.arpo-desktop';
/** Bounds of what the desktop's files take of the machine's memory: nothing is reserved. */
const HOME_SIZE = '4g';
const TMP_SIZE = '2g';

/**
 * $1: folder that becomes the home directory, or ''; $2: the home directory of who runs this, whose keys and tokens are
 * nobody's business in there. The folder is entered before the mounts hide it. All of it lives in memory, so that
 * nothing is left when the kernel takes the namespaces down.
 */
const SCRIPT = `set -e
if [ -n "$1" ]; then cd "$1"; else cd /; fi
mount -t tmpfs -o mode=1777,size=${TMP_SIZE} tmpfs /tmp
mount -t tmpfs -o mode=755,size=${HOME_SIZE} tmpfs /home
mkdir -m 755 ${HOME}
if [ -n "$1" ]; then mount -c --bind /proc/self/cwd ${HOME}; fi
case "$2" in ''|/|/home/*|/tmp/*) ;; *) mount -t tmpfs -o mode=700,size=1m tmpfs "$2" ;; esac
cd ${HOME}
mkdir -m 700 ${SESSION}
mkdir -m 1777 /tmp/.X11-unix
echo ready
read -r _ || :
`;

/** The reason as text when this machine does not let us. */
export async function openNamespaces({ home, signal }: EnclosureOptions): Promise<Enclosure | string> {
  if (process.platform !== 'linux') return `namespaces are Linux's, this is ${process.platform}`;
  const root = process.getuid?.() === 0;
  const unshare = [
    ...(root ? [] : ['--user', '--map-current-user', '--keep-caps']),
    ...['--mount', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'],
  ];
  // bash reaps the orphans that end up with it, as the first process of a namespace must; other shells do not.
  const bash = ['bash', '--norc', '-c', SCRIPT, 'arpo-env-desktop', home ?? '', await ownHome()];
  let keeper: Awaited<ReturnType<typeof startKeeper>>;
  try {
    keeper = await startKeeper(['unshare', ...unshare, '--', ...bash], signal);
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
  const namespace = (name: string) => `/proc/${keeper.pid}/ns/${name}`;
  const enter = [
    ...(root ? [] : [`--user=${namespace('user')}`, '--preserve-credentials']),
    ...[`--mount=${namespace('mnt')}`, `--pid=${namespace('pid_for_children')}`],
  ];
  return {
    isolated: true,
    home: HOME,
    session: SESSION,
    root: `/proc/${keeper.pid}/root`,
    path: desktopPath(),
    command: (argv, cwd) => ['nsenter', ...enter, '--', 'env', '-C', cwd, '--', ...argv],
    mark: {},
    ended: keeper.ended,
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  };
}

async function ownHome(): Promise<string> {
  return realpath(homedir()).catch(() => '');
}
