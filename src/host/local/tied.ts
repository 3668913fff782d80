/** Programs that end with this process, however it ends: the kernel sends them a signal when their parent dies (prctl(2)). */
import { execa } from 'execa';

/** Started after this process had died, it would wait for a signal that has been sent already. */
const UNLESS_ORPHAN = 'parent=$1; shift; [ "$PPID" = "$parent" ] && exec "$@"';

/**
 * The command line that is started instead of `argv`, as this process's child. Not for what changes its user: the kernel
 * forgets the signal then. Where util-linux's setpriv(1) is missing, as beyond Linux, it is `argv` itself.
 */
export async function tied(argv: readonly string[], signal: 'KILL' | 'TERM'): Promise<readonly string[]> {
  const setpriv = ['setpriv', `--pdeathsig=${signal}`, '--'];
  const [program = '', ...args] = [...setpriv, 'true'];
  if ((await execa(program, args, { reject: false, stdin: 'ignore' })).exitCode !== 0) return argv;
  return [...setpriv, 'sh', '-c', UNLESS_ORPHAN, 'tied', String(process.pid), ...argv];
}
