/** `arpo-env serve --detach`: the same command in a process of its own, awaited until it answers. */
import type { LoadedConfig } from '../config/load.js';
import { answeringRun } from '../env-api/run-health.js';
import { readToken } from '../http/token.js';
import { startInBackground } from '../runs/background.js';
import { listRuns } from '../runs/registry.js';
import type { StateFolder } from '../runs/state-folder.js';
import type { Console } from '../ui/console.js';

export interface ServeInBackgroundOptions {
  loaded: LoadedConfig;
  /** The command line, with --detach. */
  args: readonly string[];
  state: StateFolder;
  console: Console;
  signal: AbortSignal;
}

/** Our server listens within a second; slow disks and busy machines need more. */
const DEADLINE_MS = 60_000;
/** The engine's own deadline for Python's imports, and a little. */
const PYTHON_DEADLINE_MS = 330_000;

export async function serveInBackground(options: ServeInBackgroundOptions): Promise<void> {
  const { loaded, args, state, console, signal } = options;
  const token = await readToken(loaded.config.server);
  const { running } = await listRuns(state.runs);
  const progress = await console.progress('starting the env server in the background');
  const { pid, logFile, ready } = await startInBackground({
    name: 'server',
    args: args.filter((word) => word !== '--detach'),
    logFolder: state.logs,
    logsInUse: running.flatMap((run) => run.logFile ?? []),
    ready: (child) => answeringRun(state.runs, child, { token, signal }),
    deadlineMs: loaded.config.server.engine === 'uvicorn' ? PYTHON_DEADLINE_MS : DEADLINE_MS,
    signal,
  }).finally(() => progress.stop());
  console.document({ url: ready.url, pid, provider: ready.provider, envs: ready.envs, logFile });
  console.result(`url  ${ready.url}\npid  ${pid}\nlog  ${logFile}`);
  console.info('see it with arpo-env status and arpo-env logs -f; end it with arpo-env stop');
}
