/** `arpo-env tunnel`: keeps the cluster's port forwarded to the env server until it is stopped. */
import type { TunnelEvent } from '../tunnel/state.js';
import type { TunnelOptions } from '../tunnel/tunnel.js';
import type { Console } from '../ui/console.js';
import { formatDuration } from '../ui/format.js';
import { type CommandContext, defineCommand } from './command.js';

interface TunnelFlags {
  remote: string[];
  url?: string;
  identity?: string[];
  user?: string;
  port?: string;
  acceptNew?: boolean;
  keepalive?: string;
  maxRetries?: string;
  sshConfig?: string;
}

export default defineCommand<TunnelFlags>({
  configure(command) {
    command
      .argument('[host]', 'the cluster: an alias of ~/.ssh/config or user@host[:port]; default: tunnel.host')
      .option(
        '-R, --remote <[bind:]port:host:port>',
        'forward this port of the cluster to host:port',
        collect,
        [],
      )
      .option('--url <url>', 'the env server to forward to; default: the one of the config')
      .option('-i, --identity <file...>', 'private keys to offer first')
      .option('-l, --user <name>', 'whom to log in as')
      .option('-p, --port <port>', "the SSH server's port")
      .option('--accept-new', 'trust the key of a host that is not in known_hosts yet')
      .option(
        '--keepalive <duration>',
        'time between signs of life; three missed and the connection is given up',
      )
      .option('--max-retries <n>', 'give up after so many failed attempts in a row; default: never')
      .option('--ssh-config <file>', 'read this instead of ~/.ssh/config; none for no file');
  },
  examples: [
    'arpo-env tunnel deepx',
    'arpo-env tunnel user@cluster.example --identity ~/.ssh/cluster.pem --accept-new',
    'arpo-env tunnel deepx -R 15001:127.0.0.1:18082 -R 15002:10.0.0.5:18082',
  ],
  async run(context, flags, host) {
    const [
      { openTunnel },
      { tunnelOptions },
      { machineId },
      { stateFolder },
      { registerInstance },
      { LOG_FILE_VARIABLE },
    ] = await Promise.all([
      import('../tunnel/tunnel.js'),
      import('../tunnel/options.js'),
      import('../tunnel/machine-id.js'),
      import('../platform/state-folder.js'),
      import('../platform/instances.js'),
      import('../platform/background.js'),
    ]);
    const { remote, identity, user, port, sshConfig, url, acceptNew, keepalive, maxRetries } = flags;
    const tunnelFlags = { host, url, identities: identity, acceptNew, keepalive, maxRetries };
    const { config } = await context.loadConfig({ tunnel: tunnelFlags });
    const options = tunnelOptions(config, { forwards: remote, user, port, sshConfig });
    const state = stateFolder(process.env);
    // Entered before it is up: `status` and `stop` know a tunnel that still waits for its cluster.
    await using entry = await registerInstance(state.instances, {
      kind: 'tunnel',
      url: urlsOn(options),
      provider: null,
      envs: null,
      logFile: process.env[LOG_FILE_VARIABLE] ?? null,
    });
    await using tunnel = openTunnel({
      ...options,
      machine: await machineId(state.machineId),
      onEvent: eventPrinter(context),
    });
    const { console, signal } = context;
    const stopped = tunnel.stopped();
    await Promise.race([stopped, tunnel.up(signal)]);
    await entry.update({ url: urlsOn({ ...options, forwards: tunnel.forwards }) });
    for (const forward of tunnel.forwards) console.result(`http://${forward.bind}:${forward.port}`);
    await Promise.race([stopped, untilAborted(signal)]);
  },
});

/** `http://127.0.0.1:15001 on deepx`; port 0 is one that the cluster still has to choose. */
function urlsOn({ host, forwards }: Pick<TunnelOptions, 'host' | 'forwards'>): string {
  return `${forwards.map(({ bind, port }) => `http://${bind}:${port}`).join(', ')} on ${host}`;
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** NDJSON for programs. For people no line that says what the one before it said, however often a connection is tried. */
function eventPrinter({ console, logLevel }: CommandContext): (event: TunnelEvent) => void {
  let said = '';
  return (event) => {
    console.document(event);
    if (console.json || event.state === 'stopped') return;
    const stage = event.reason === 'progress';
    const line = `${event.state}: ${event.message}`;
    if ((stage && logLevel !== 'debug') || line === said) return;
    said = line;
    show(console, event);
  };
}

function show(console: Console, event: TunnelEvent): void {
  const { state, message, downtimeMs, retryInMs = 0, problem } = event;
  const time = console.style.dim(event.at.slice(11, 19));
  const after =
    downtimeMs === undefined ? '' : ` (again, after ${formatDuration(downtimeMs)} without service)`;
  if (state === 'up') console.success(`${time} up: ${message}${after}`);
  else if (state === 'degraded') console.warn(`${time} degraded: ${message}`);
  else if (state === 'waiting')
    console.warn(`${time} waiting: ${message} (next attempt in ${formatDuration(retryInMs)})`);
  else console.info(`  ${time} ${state}: ${message}`);
  if (problem) console.info(`${console.style.cyan('→')} ${problem.hint}`);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
