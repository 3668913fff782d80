/**
 * The command line of a sandbox, from the outside in. The outer bubblewrap makes a user namespace with a network of its
 * own, in which a script waits until that is connected; the inner one takes everything else away (DESIGN: who may reach
 * what). Nothing in there has a capability, and nobody can make namespaces in which they would have some.
 */

import { asUser, FEW_WATCHERS, folderInMemory, NO_MORE_NAMESPACES, openUp, outerLayer } from './layers.js';
import { INSIDE } from './user.js';
import type { Mount, SystemView } from './view.js';

export interface SandboxPlan {
  /** User of this machine that it runs as; null: the one of this process. */
  uid: number | null;
  view: SystemView;
  /** Further files and folders of this machine, read-only, which only this process's user may be able to reach. */
  mounts: readonly Mount[];
  /** Folder of this machine that becomes the home directory, written to; null: a fresh one in memory. */
  home: string | null;
  /** Bytes that each of its folders in memory can hold; null where bubblewrap cannot limit them. */
  folderSizes: { home: number; tmp: number; other: number } | null;
  /** As `ip route` writes them. */
  unreachable: readonly string[];
  /** Whether a filter of system calls comes over its descriptor. */
  filtered: boolean;
  /** What is run inside. */
  program: readonly string[];
}

/** File descriptors of the outermost process, beside the usual three. */
export const DESCRIPTORS = {
  /** It writes its pid here, once its network can be connected. */
  pid: 3,
  /** It goes on when a line comes here, and ends when this closes; each later line is a further network that becomes unreachable. */
  go: 4,
  /** bwrap's facts of what it started, as JSON. */
  info: 5,
  /** The program that tells which system calls are refused (system-calls.ts). */
  filter: 6,
  /** The text of each file that is made, in the order of `view.files`. */
  files: 7,
} as const;

/** Folder inside for an agent's Unix sockets, which only its user may enter. */
export const SOCKETS = '/run/desktop';

/** What its processes and threads are together, at most; a browser with many tabs has some hundreds. */
export const PROCESSES = 4096;

/** Processes are counted from here on: those of one sandbox, not all of the user's. $1: networks; the rest: what comes next. */
const INIT = `${NO_MORE_NAMESPACES}
${FEW_WATCHERS}
echo $$ >&${DESCRIPTORS.pid}
read -r line <&${DESCRIPTORS.go} || exit
for network in $1; do ip route add unreachable "$network" || exit; done
shift
while read -r network; do ip route replace unreachable "$network"; done \
  <&${DESCRIPTORS.go} > /dev/null 2>&1 ${DESCRIPTORS.pid}>&- ${DESCRIPTORS.info}>&- &
exec ${DESCRIPTORS.pid}>&- ${DESCRIPTORS.go}<&-
exec prlimit --nproc=${PROCESSES}:${PROCESSES} -- "$@"`;

export function sandboxCommand(plan: SandboxPlan): string[] {
  const opened = openUp(plan.uid, plan.mounts);
  return [
    ...opened.prefix,
    ...asUser(plan.uid),
    ...outerLayer(INIT, [plan.unreachable.join(' '), ...inner({ ...plan, mounts: opened.mounts })]),
  ];
}

function inner({ view, mounts, home, folderSizes, filtered, program }: SandboxPlan): string[] {
  const memory = (which: 'home' | 'tmp' | 'other', path: string) =>
    folderInMemory(path, folderSizes?.[which] ?? null);
  return [
    ...['bwrap', '--die-with-parent', '--new-session', '--info-fd', String(DESCRIPTORS.info)],
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--uid', String(INSIDE.uid), '--gid', String(INSIDE.uid), '--cap-drop', 'ALL'],
    ...(filtered ? ['--seccomp', String(DESCRIPTORS.filter)] : []),
    ...view.options,
    ...['--proc', '/proc', '--dev', '/dev', ...memory('other', '/dev/shm')],
    ...['--perms', '1777', ...memory('tmp', '/tmp')],
    ...['--perms', '1777', ...memory('other', '/var/tmp')],
    ...memory('other', '/run'),
    ...['--perms', '0700', '--dir', INSIDE.runtime, '--perms', '0700', '--dir', SOCKETS],
    ...memory('home', '/home'),
    ...(home === null ? ['--dir', INSIDE.home] : ['--bind', home, INSIDE.home]),
    ...view.files.flatMap(({ target }, index) => [
      ...['--ro-bind-data', String(DESCRIPTORS.files + index), target],
    ]),
    ...mounts.flatMap(({ source, target }) => ['--ro-bind', source, target]),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', INSIDE.home, '--', ...program],
  ];
}
