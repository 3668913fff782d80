/**
 * The command line of a worker's sandbox: the two layers that a desktop has (guest/sandbox), of a smaller view of this
 * machine and without a way to any network. Nothing in there has a capability or can get one, and all that it writes is in memory.
 */
import {
  asUser,
  FEW_WATCHERS,
  folderInMemory,
  NO_MORE_NAMESPACES,
  openUp,
  outerLayer,
} from '../../../guest/sandbox/layers.js';
import { DEBUGGING, systemCallFilter } from '../../../guest/sandbox/system-calls.js';
import { INSIDE } from '../../../guest/sandbox/user.js';
import { asItIs, type MadeFile, type Mount, programFolders } from '../../../guest/sandbox/view.js';
import { FIRST_FREE_DESCRIPTOR } from './process.js';

export interface SandboxPlan {
  /** User of this machine that it runs as; null: the one of this process. */
  uid: number | null;
  /** Read-only. */
  mounts: readonly Mount[];
  /** Links that exist inside alone. */
  links: readonly { path: string; target: string }[];
  /** Bytes that its folders in memory can hold together; null where bubblewrap cannot limit them. */
  memory: number | null;
  /** What is run inside. */
  program: readonly string[];
}

export interface SandboxCommand {
  argv: string[];
  /** For the descriptors from the first free one on. */
  texts: (string | Buffer)[];
}

/** Where a worker sees the sockets of its door. */
export const DOOR_INSIDE = '/run/door';
/** Its home and the one place that it writes to. */
export const TEMPORARY_INSIDE = '/tmp';

/** Processes and threads together. Playwright's driver has a dozen, and OpenCV as many as there are cores. */
export const PROCESSES = 512;
/** Of each process. What fills sockets and pipes is kernel memory, which belongs to nobody either. */
const OPEN_FILES = 1024;

/** Bytes of a TCP connection's buffers: least, first and most (tcp(7)). Many machines allow 32 MB. */
const TCP_BUFFERS = '4096 65536 262144';

/** Processes are counted from here on. When memory runs out, the kernel ends what is in here before anything else (proc(5)). */
const INIT = `${NO_MORE_NAMESPACES}
${FEW_WATCHERS}
for buffers in tcp_rmem tcp_wmem; do { echo ${TCP_BUFFERS} > /proc/sys/net/ipv4/$buffers; } 2> /dev/null; done
echo 1000 > /proc/self/oom_score_adj || exit
exec prlimit --nproc=${PROCESSES}:${PROCESSES} --nofile=${OPEN_FILES}:${OPEN_FILES} -- "$@"`;

/** What Python and its packages read of the settings: fonts, time zone, kinds of files, certificates. Other settings may hold secrets. */
const SETTINGS = [
  ...['alternatives', 'fonts', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'timezone', 'magic'],
  ...['mime.types', 'ssl/openssl.cnf', 'ssl/certs', 'pki/tls', 'pki/ca-trust/extracted', 'crypto-policies'],
];
const PROCESSORS = '/sys/devices/system/cpu';
const MADE: readonly MadeFile[] = [
  {
    target: '/etc/passwd',
    text: `root:x:0:0:root:/:/bin/false\n${INSIDE.name}:x:${INSIDE.uid}:${INSIDE.uid}::${TEMPORARY_INSIDE}:/bin/sh\n`,
  },
  { target: '/etc/group', text: `root:x:0:\n${INSIDE.name}:x:${INSIDE.uid}:\n` },
  { target: '/etc/hosts', text: '127.0.0.1 localhost\n::1 localhost\n' },
  // Every other name is unknown at once, instead of after a wait for a name server.
  { target: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files\n' },
];

/** Calls by which memory is taken that belongs to no process, so that nobody who counts it sees whose it is (asm/unistd.h). */
const UNCOUNTED = {
  memfd_create: { x64: 319, arm64: 279 },
  memfd_secret: { x64: 447, arm64: 447 },
  shmget: { x64: 29, arm64: 194 },
  vmsplice: { x64: 278, arm64: 75 },
};
/** Mapped and shared, its zeros are such memory as well: it is seen and cannot be opened. */
const ZEROS = '/dev/zero';

export async function sandboxCommand(plan: SandboxPlan): Promise<SandboxCommand> {
  const opened = openUp(plan.uid, plan.mounts);
  const filter = systemCallFilter(process.arch, {
    ...{ further: { ...DEBUGGING, ...UNCOUNTED }, countsMemory: true },
  });
  const program = await inner({ ...plan, mounts: opened.mounts }, filter !== null);
  return {
    argv: [...opened.prefix, ...asUser(plan.uid), ...outerLayer(INIT, program)],
    texts: [...(filter === null ? [] : [filter]), ...MADE.map(({ text }) => text)],
  };
}

async function inner({ mounts, links, memory, program }: SandboxPlan, filtered: boolean): Promise<string[]> {
  const settings = await Promise.all(SETTINGS.map((name) => asItIs(`/etc/${name}`)));
  const firstFile = FIRST_FREE_DESCRIPTOR + (filtered ? 1 : 0);
  const share = (part: number) => (memory === null ? null : Math.floor(memory * part));
  return [
    ...['bwrap', '--die-with-parent', '--new-session'],
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--uid', String(INSIDE.uid), '--gid', String(INSIDE.uid), '--cap-drop', 'ALL'],
    ...(filtered ? ['--seccomp', String(FIRST_FREE_DESCRIPTOR)] : []),
    ...['--hostname', 'evaluator', ...(await programFolders())],
    ...settings.flat(),
    ...MADE.flatMap(({ target }, index) => ['--ro-bind-data', String(firstFile + index), target]),
    ...['--ro-bind-try', PROCESSORS, PROCESSORS, '--proc', '/proc', '--dev', '/dev'],
    ...['--ro-bind', ZEROS, ZEROS],
    ...folderInMemory('/dev/shm', share(0.1)),
    ...['--perms', '1777', ...folderInMemory(TEMPORARY_INSIDE, share(0.9))],
    ...links.flatMap(({ path, target }) => ['--symlink', target, path]),
    ...mounts.flatMap(({ source, target }) => ['--ro-bind', source, target]),
    // What is written below /proc changes a process, its own and others of this user.
    ...['/proc', '/dev', '/'].flatMap((path) => ['--remount-ro', path]),
    ...['--chdir', TEMPORARY_INSIDE, '--', ...program],
  ];
}
