/** What every sandbox is made of, from the outside in: whose it is, what it can reach of this machine, and its outer layer. */
import type { Mount } from './view.js';

/** Takes the sandbox's user, and dies with this process. */
export function asUser(uid: number | null): string[] {
  const user = uid === null ? [] : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  return ['setpriv', ...user, '--pdeathsig=KILL', '--'];
}

/**
 * A bubblewrap that makes a user namespace with a network of its own and changes nothing else: in there `script` is root,
 * with these parameters. What it runs at last is the inner bubblewrap, which takes everything else away.
 */
export function outerLayer(script: string, parameters: readonly string[]): string[] {
  return [
    // A core file of 1 byte is none, and keeps the kernel from calling a program of this machine with it (core(5)).
    ...['prlimit', '--core=1:1', '--'],
    ...['bwrap', '--die-with-parent', '--unshare-user', '--uid', '0', '--gid', '0', '--unshare-net'],
    ...['--cap-add', 'ALL', '--dev-bind', '/', '/', '--'],
    ...['sh', '-c', script, 'sandbox', ...parameters],
  ];
}

/** Instances of inotify(7). The kernel gives a user 128 for all programs together; a desktop with a browser takes 5. */
const WATCHERS = 48;

/** For the script of an outer layer: what is inside leaves its user's other programs some. */
export const FEW_WATCHERS = `{ echo ${WATCHERS} > /proc/sys/user/max_inotify_instances; } 2> /dev/null`;

/** For the script of an outer layer: bubblewrap makes two user namespaces inside this one; then there can be no more. */
export const NO_MORE_NAMESPACES = 'echo 2 > /proc/sys/user/max_user_namespaces || exit';

/** Options of bwrap(1) for a new folder in memory; `size` in bytes, null where bubblewrap cannot limit it (bubblewrap.ts). */
export function folderInMemory(path: string, size: number | null): string[] {
  return [...(size === null ? [] : ['--size', String(size)]), '--tmpfs', path];
}

/** Run by root: what only root may reach is put where the sandbox's user can reach it, in a mount namespace that goes with it. $1: folder; $2: how many. */
const OPEN_UP = `set -e
folder=$1; count=$2; shift 2
mount -t tmpfs -o mode=755,size=1m tmpfs "$folder"
index=0
while [ "$index" -lt "$count" ]; do
  if [ -d "$1" ]; then mkdir "$folder/$index"; else : > "$folder/$index"; fi
  mount --bind "$1" "$folder/$index"
  shift; index=$((index + 1))
done
exec "$@"`;

/** An empty folder of every system (hier(7)), to which nothing leads that is needed inside. */
const MEETING_PLACES = ['/mnt', '/media', '/srv'];

/** What stands before a sandbox's command so that its user reaches the mounts. Nothing for an ordinary user, who reaches what belongs to this process. */
export function openUp(uid: number | null, mounts: readonly Mount[]): { prefix: string[]; mounts: Mount[] } {
  const folder = MEETING_PLACES.find(
    (path) => !mounts.some(({ source }) => `${source}/`.startsWith(`${path}/`)),
  );
  if (uid === null || folder === undefined) return { prefix: [], mounts: [...mounts] };
  const sources = mounts.map(({ source }) => source);
  return {
    prefix: [
      ...['unshare', '--mount', '--propagation', 'private', '--'],
      ...['sh', '-c', OPEN_UP, 'sandbox', folder, String(sources.length), ...sources],
    ],
    mounts: mounts.map(({ target }, index) => ({ source: `${folder}/${index}`, target })),
  };
}
