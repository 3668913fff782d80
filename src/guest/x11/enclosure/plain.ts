/** An enclosure without namespaces: ordinary processes, known by a mark in their environment, ended by a watchdog. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Enclosure, EnclosureOptions } from './contract.js';
import { startKeeper } from './keeper.js';
import { desktopPath } from './path.js';

const MARK = 'ARPO_ENV_DESKTOP';
const DESKTOP_HOME = '/home/user';

/**
 * Waits for the end of its stdin, which comes with the end of the agent, however that ends; then ends every process that
 * bears the mark $1, and removes the folder $2. Xvfb removes its socket and lock at SIGTERM, so that comes first.
 */
const WATCHDOG = `marked() { grep -lazs "^${MARK}=$1$" /proc/[0-9]*/environ | cut -d/ -f3; }
trap '' TERM INT HUP
echo ready
read -r _ || :
for signal in TERM KILL KILL; do
  pids=$(marked "$1")
  [ -z "$pids" ] && break
  kill -s $signal $pids 2>/dev/null
  for tick in 1 2 3 4 5 6 7 8 9 10; do [ -z "$(marked "$1")" ] && break; sleep 0.1; done
done
rm -rf "$2"
`;

/** The home directory is `home`, else this process's when that is the desktop's (a container), else a fresh one. */
export async function openPlain({ home, signal }: EnclosureOptions): Promise<Enclosure> {
  const session = await mkdtemp(join(tmpdir(), 'arpo-env-desktop-'));
  const mark = randomUUID();
  try {
    const keeper = await startKeeper(
      ['bash', '--norc', '-c', WATCHDOG, 'arpo-env-desktop', mark, session],
      signal,
    );
    const own = home ?? (process.env.HOME === DESKTOP_HOME ? DESKTOP_HOME : join(session, 'home'));
    await mkdir(own, { recursive: true });
    return {
      isolated: false,
      home: own,
      session,
      root: '',
      path: desktopPath(),
      command: (argv, cwd) => ['env', '-C', cwd, '--', ...argv],
      mark: { [MARK]: mark },
      ended: keeper.ended,
      [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
    };
  } catch (error) {
    await rm(session, { recursive: true, force: true });
    throw error;
  }
}
