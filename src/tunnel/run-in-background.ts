/** `arpo-env tunnel --detach`: the same command in a process of its own, awaited until its forward stands. */
import { ArpoEnvError } from '../errors.js';
import { startInBackground } from '../runs/background.js';
import { listRuns } from '../runs/registry.js';
import type { StateFolder } from '../runs/state-folder.js';
import type { Console } from '../ui/console.js';
import type { TunnelStatus } from './state.js';
import { tunnelOfProcess } from './status/client.js';

export interface TunnelInBackgroundOptions {
  /** The command line, with --detach. */
  args: readonly string[];
  state: StateFolder;
  console: Console;
  signal: AbortSignal;
}

/** Logging in takes seconds; a host that is away for longer than this is worth a look in the foreground. */
const DEADLINE_MS = 60_000;
const STARTING = 'starting the tunnel in the background';

export async function tunnelInBackground(options: TunnelInBackgroundOptions): Promise<void> {
  const { args, state, console, signal } = options;
  const { running } = await listRuns(state.runs);
  const progress = await console.progress(STARTING);
  let last: TunnelStatus | null = null;
  /** Once its forwards stand, whether or not the env server answers behind them. */
  const standing = async (child: number) => {
    last = await tunnelOfProcess(state.runs, child, signal);
    if (last === null) return null;
    if (last.state === 'up' || last.state === 'degraded') return last;
    progress.update(`${STARTING}: ${last.state}: ${last.message}`);
    return null;
  };
  const { pid, logFile, ready } = await startInBackground({
    name: 'tunnel',
    args: args.filter((word) => word !== '--detach'),
    logFolder: state.logs,
    logsInUse: running.flatMap((run) => run.logFile ?? []),
    ready: standing,
    late: () => last && notUp(last),
    deadlineMs: DEADLINE_MS,
    signal,
  }).finally(() => progress.stop());
  const { state: now, message, host, forwards, notice } = ready;
  const urls = forwards.map(({ url }) => url);
  if (now === 'degraded') console.warn(message);
  if (notice !== null) console.warn(`${notice.message}\n→ ${notice.fix}`);
  console.document({ host, urls, state: now, pid, logFile });
  console.result(`url  ${urls.join(', ')} on ${host}\npid  ${pid}\nlog  ${logFile}`);
  console.info('see it with arpo-env status and arpo-env logs tunnel -f; end it with arpo-env stop tunnel');
}

function notUp({ host, state, message, problem }: TunnelStatus): ArpoEnvError {
  return new ArpoEnvError({
    code: problem?.code ?? 'E_TIMEOUT',
    message: `the tunnel to ${host} was not up within ${DEADLINE_MS / 1000} s: ${problem?.message ?? `${state}: ${message}`}`,
    fix: problem?.fix ?? 'see what it waits for, without --detach',
  });
}
