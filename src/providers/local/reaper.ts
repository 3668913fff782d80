/**
 * Removes what is left of a desktop when this process ends without having stopped it, `kill -9` included. In a sandbox the
 * kernel ends the processes; groups and folders it would leave.
 */
import { DESKTOP_VARIABLE } from '../../guest/x11/place.js';
import { startSurvivor } from '../../host/local/survivor.js';
import type { ProcessIdentity } from '../../host/process.js';
import { temporaryFolder } from './remove-desktop.js';

/**
 * $1: the desktop's id; $2, $3: its folders. Lines on stdin: `group PATH` for each group, `done` when there is nothing to do.
 * An X server that is killed leaves its lock, which names it, and its socket; in a sandbox they are gone with its /tmp.
 * Every user of the machine can put a lock there: a pipe, which would be waited for, or one without an end.
 */
const SCRIPT = `id=$1; folder=$2; temporary=$3; shift 3
marked() { grep -lazs "^${DESKTOP_VARIABLE}=$id$" /proc/[0-9]*/environ | cut -d/ -f3; }
while IFS= read -r line; do
  case $line in 'group '*) set -- "$@" "\${line#group }" ;; done) exit 0 ;; esac
done
seen=' '
for tick in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  pids=$(marked)
  for group; do
    if [ -e "$group/cgroup.kill" ]; then echo 1 > "$group/cgroup.kill"; fi
    if [ -e "$group/cgroup.procs" ]; then pids="$pids $(cat "$group/cgroup.procs")"; fi
  done
  pids=$(echo $pids)
  [ -n "$pids" ] && kill -KILL $pids
  seen="$seen$pids "
  left=
  for group; do [ ! -d "$group" ] || rmdir "$group" || left=1; done
  [ -z "$pids$left" ] && break
  sleep 0.1
done
for lock in /tmp/.X*-lock; do
  [ -f "$lock" ] && pid=$(head -c 11 "$lock" | tr -d ' \\n') && [ -n "$pid" ] || continue
  case $seen in *" $pid "*) ;; *) continue ;; esac
  display=\${lock#/tmp/.X}
  rm -f "$lock" "/tmp/.X11-unix/X\${display%-lock}"
done
rm -rf "$folder" "$temporary"`;

export interface Reaper extends AsyncDisposable {
  /** Null where the process table cannot be read. */
  readonly identity: ProcessIdentity | null;
  /** A control group to empty and remove. */
  watch(group: string): void;
}

/** Disposing tells it that everything is in order; it removes nothing then. */
export async function startReaper(id: string, folder: string): Promise<Reaper> {
  const { identity, tell, ...end } = await startSurvivor('arpo-env-reaper', SCRIPT, [
    id,
    folder,
    temporaryFolder(id),
  ]);
  return { identity, watch: (group) => tell(`group ${group}`), ...end };
}
