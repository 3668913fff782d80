/** `arpo-env tunnel` in the foreground: the tunnel, its entry in the registry, its status and its view, until it is interrupted. */
import { join } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { onAbort, untilAborted } from '../lib/wait.js';
import { LOG_FILE_VARIABLE } from '../runs/background.js';
import { registerRun } from '../runs/registry.js';
import type { StateFolder } from '../runs/state-folder.js';
import { createPerson } from '../ssh/login/person.js';
import { askAtTerminal } from '../ui/ask.js';
import type { Console } from '../ui/console.js';
import { readerGone } from '../ui/reader.js';
import { machineId } from './claim/machine-id.js';
import { forwardUrl } from './forward/forward.js';
import { serveStatus } from './status/server.js';
import { TunnelView } from './status/view.js';
import { openTunnel, type TunnelOptions } from './tunnel.js';

export interface RunTunnelOptions {
  options: TunnelOptions;
  /** Where /metrics is answered; undefined for nowhere. */
  metricsPort: number | undefined;
  state: StateFolder;
  console: Console;
  /** Every event, also those that only matter for debugging. */
  verbose: boolean;
  signal: AbortSignal;
}

/** Throws the signal's reason when it was interrupted, E_INTERRUPTED when nobody reads any more, and what only a person can fix. */
export async function runTunnel({
  options,
  metricsPort,
  state,
  console,
  verbose,
  signal: stop,
}: RunTunnelOptions): Promise<never> {
  // Where it tells what happens. One that nobody hears any more would run until somebody wonders who holds the port.
  const unread = new AbortController();
  const gone = readerGone(console.json ? process.stdout : process.stderr);
  using _gone = onAbort(gone, () => unread.abort(nobodyReads()));
  const signal = AbortSignal.any([stop, unread.signal]);
  /** `http://127.0.0.1:15001 on deepx`; port 0 is one that the cluster still has to choose. */
  const urls = (forwards: TunnelOptions['forwards']) =>
    `${forwards.map(forwardUrl).join(', ')} on ${options.host}`;
  const statusSocket = join(state.runs, `tunnel-${process.pid}.sock`);
  // Entered before it is up: `status` and `stop` know a tunnel that still waits for its cluster.
  await using entry = await registerRun(state.runs, {
    kind: 'tunnel',
    url: urls(options.forwards),
    host: options.host,
    logFile: process.env[LOG_FILE_VARIABLE] ?? null,
    statusSocket,
  });
  using view = new TunnelView(console, verbose);
  await using tunnel = openTunnel({
    ...options,
    machine: await machineId(state.machineId),
    onEvent: (event) => view.onEvent(event),
    person: createPerson({
      tell: (line) => console.warn(line),
      terminal:
        console.interactive && process.stdin.isTTY
          ? (question, wait) => view.without(() => askAtTerminal(question, wait))
          : null,
      lend: (work) => view.without(work),
      env: process.env,
    }),
  });
  await using served = await serveStatus({
    status: () => tunnel.status(),
    socketPath: statusSocket,
    metricsPort,
  });
  if (served.metricsUrl) console.info(`metrics at ${served.metricsUrl}`);
  view.watch(() => tunnel.status());
  const stopped = tunnel.stopped().then(() => signal.throwIfAborted());
  await Promise.race([stopped, tunnel.up(signal)]);
  await entry.update({ url: urls(tunnel.forwards) });
  for (const forward of tunnel.forwards) console.result(forwardUrl(forward));
  return await Promise.race([stopped as Promise<never>, untilAborted(signal)]);
}

function nobodyReads(): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_INTERRUPTED',
    message: 'nobody reads the output of the tunnel any more, so it has ended',
    fix: 'let it run in the background: arpo-env tunnel --detach',
  });
}
