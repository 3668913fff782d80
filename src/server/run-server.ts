/** Starts the env server that the config asks for, ours or the user's Python one: one way down, nothing called back. */
import { requireToken } from '../http/access.js';
import { isLoopback } from '../lib/addresses.js';
import { messageOf } from '../lib/errno.js';
import { findLeftDesktops } from '../providers/left-desktops.js';
import { nameLeftDesktop } from '../runs/left-desktops.js';
import { clearStaleEntry, describeStaleEntry, listRuns } from '../runs/registry.js';
import { runNative } from './run-native.js';
import type { RunningServer, RunServerOptions } from './running-server.js';
import { runUvicorn } from './uvicorn/run.js';

/** Throws what stands in the way of a start; nothing is left of it then. */
export async function runServer(options: RunServerOptions): Promise<RunningServer> {
  const { engine, host, insecure } = options.loaded.config.server;
  // Before anything is told of a start that cannot be; the Python server takes no token.
  if (engine === 'native') requireToken({ host, token: options.token, insecure });
  await clearStale(options);
  warnOfOpenDoor(options);
  return engine === 'native' ? runNative(options) : runUvicorn(options);
}

/** A server that was killed may have left its Python process on our port, and desktops, of whichever provider. */
async function clearStale({ runs, logger }: RunServerOptions): Promise<void> {
  const { stale } = await listRuns(runs);
  const { found, unseen } = await findLeftDesktops(stale.flatMap(({ run }) => run ?? []));
  for (const text of unseen) logger.warn(text);
  const removals = found.map(async (desktop) => {
    // It does not keep this one from starting.
    const problem = await desktop.remove().catch(messageOf);
    const outcome = problem === undefined ? 'is removed' : `cannot be removed: ${problem}`;
    logger.warn(`${nameLeftDesktop(desktop)}, ${outcome}`);
  });
  await Promise.all(removals);
  for (const entry of stale) {
    await clearStaleEntry(entry);
    logger.warn(`forgot ${describeStaleEntry(entry)}`);
  }
}

/** What --insecure means, as a warning. */
function warnOfOpenDoor({ loaded, token, logger }: RunServerOptions): void {
  const { host, insecure } = loaded.config.server;
  if (!insecure || token !== undefined || isLoopback(host)) return;
  logger.warn(`${host} without a token: whoever reaches the port controls the desktops`);
}
