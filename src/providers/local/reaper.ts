/**
 * Removes what is left of a desktop when this process ends without having stopped it, `kill -9` included: a small shell that
 * holds the other end of a pipe. In a sandbox the kernel ends the processes; groups and folders it would leave.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DESKTOP_VARIABLE } from '../../guest/x11/place.js';
import { endOf } from '../../lib/child-end.js';

/** $1: the desktop's id; $2: its folder. Lines on stdin: `group PATH` for each group, `done` when there is nothing to do. */
const SCRIPT = `marked() { grep -lazs "^${DESKTOP_VARIABLE}=$1$" /proc/[0-9]*/environ | cut -d/ -f3; }
trap '' TERM INT HUP
groups=
while read -r word path; do
  case $word in group) groups="$groups $path" ;; done) exit 0 ;; esac
done
for tick in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  pids=$(marked "$1")
  for group in $groups; do
    if [ -e "$group/cgroup.kill" ]; then echo 1 > "$group/cgroup.kill"; fi
    if [ -e "$group/cgroup.procs" ]; then pids="$pids $(cat "$group/cgroup.procs")"; fi
  done
  [ -n "$(echo $pids)" ] && kill -KILL $pids
  left=
  for group in $groups; do [ ! -d "$group" ] || rmdir "$group" || left=1; done
  [ -z "$(echo $pids)$left" ] && break
  sleep 0.1
done
rm -rf "$2"`;

export interface Reaper extends AsyncDisposable {
  /** A control group to empty and remove. */
  watch(group: string): void;
}

/** Disposing tells it that everything is in order; it removes nothing then. */
export async function startReaper(id: string, folder: string): Promise<Reaper> {
  const child = spawn('sh', ['-c', SCRIPT, 'arpo-env-reaper', id, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Not in this process's group: a terminal's Ctrl-C, or a kill of the group, is not for it.
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH },
  });
  child.stdin.on('error', () => undefined);
  await once(child, 'spawn');
  const ended = endOf(child);
  child.unref();
  return {
    watch: (group) => void child.stdin.write(`group ${group}\n`),
    async [Symbol.asyncDispose]() {
      child.stdin.end('done\n');
      child.ref();
      await ended;
    },
  };
}
