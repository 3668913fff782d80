/** A small shell that outlives this process, `kill -9` included, in order to end what must not: it holds the other end of a pipe. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endOf } from '../../lib/child-end.js';
import { identifyProcess, type ProcessIdentity } from '../process.js';

export interface Survivor extends AsyncDisposable {
  /** Null where the process table cannot be read. */
  readonly identity: ProcessIdentity | null;
  /** A line on its stdin. */
  tell(line: string): void;
}

/**
 * `script` reads its stdin to the end, and then acts on `args`; at the line `done` it exits with nothing done. `name` is what
 * the process table shows. Disposing tells it that everything is in order.
 */
export async function startSurvivor(
  name: string,
  script: string,
  args: readonly string[],
): Promise<Survivor> {
  const child = spawn('/bin/sh', ['-c', `trap '' TERM INT HUP\n${script}`, name, ...args], {
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
    identity: await identifyProcess(child.pid ?? 0),
    tell: (line) => void child.stdin.write(`${line}\n`),
    async [Symbol.asyncDispose]() {
      child.stdin.end('done\n');
      child.ref();
      await ended;
    },
  };
}

/** $1: a process group. SIGTERM, and SIGKILL to what is left of it after 3 s. */
const END_GROUP = `read -r word
[ "$word" = done ] && exit
kill -s TERM -- "-$1"
for tick in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  kill -s 0 -- "-$1" || exit 0
  sleep 0.1
done
kill -s KILL -- "-$1"`;

/** Ends process group `group` when this process ends without having disposed it. */
export function endGroupAfterUs(group: number): Promise<Survivor> {
  return startSurvivor('arpo-env-group-reaper', END_GROUP, [String(group)]);
}
