/** `arpo-env tunnel`: keeps the cluster's port forwarded to the env server until it is stopped. */

import { join } from 'node:path';
import { untilAborted } from '../lib/wait.js';
import type { StateFolder } from '../runs/state-folder.js';
import type { TunnelOptions } from '../tunnel/tunnel.js';
import { type CommandContext, defineCommand } from './command.js';

interface TunnelFlags {
  remote?: string[];
  url?: string;
  identity?: string[];
  user?: string;
  port?: string;
  acceptNew?: boolean;
  keepalive?: string;
  maxRetries?: string;
  sshConfig?: string;
  metricsPort?: string;
  detach?: boolean;
  jump?: string;
  transport?: string;
}

/** Logging in takes seconds; a host that is away for longer than this is worth a look in the foreground. */
const DEADLINE_MS = 60_000;

export default defineCommand<TunnelFlags>({
  configure(command) {
    command
      .description(
        'Keep a port of the cluster forwarded to the env server, until Ctrl-C. It reconnects whatever happens, and needs nothing installed on the cluster.',
      )
      .argument('[host]', 'the cluster: an alias of ~/.ssh/config or user@host[:port]; default: tunnel.host')
      .option(
        '-R, --remote <[bind:]port:host:port>',
        'forward this port of the cluster to host:port; default: 15001 to the env server',
        collect,
      )
      .option('--url <url>', 'the env server to forward to; default: the one of the config')
      .option('-i, --identity <file...>', 'private keys to offer first')
      .option('-l, --user <name>', 'whom to log in as')
      .option('-p, --port <port>', "the SSH server's port; default: ssh_config's, else 22")
      .option(
        '-J, --jump <host,…>',
        'go through these hosts, the first one first; none for none of ssh_config',
      )
      .option(
        '--transport <client>',
        "ssh2 (built in) or openssh (the system's ssh: certificates, GSSAPI, FIDO); default: ssh2",
      )
      .option('--accept-new', 'trust the key of a host that is not in known_hosts yet')
      .option(
        '--keepalive <duration>',
        'time between signs of life; three missed and the connection is given up; default: 5s',
      )
      .option('--max-retries <n>', 'give up after so many failed attempts in a row; default: never')
      .option('--ssh-config <file>', 'read this instead of ~/.ssh/config; none for no file')
      .option('--metrics-port <port>', 'answer GET /metrics on this port of 127.0.0.1; 0 takes a free one')
      .option('--detach', 'run in the background; returns when the forward stands');
  },
  examples: [
    'arpo-env tunnel deepx',
    'arpo-env tunnel user@cluster.example --identity ~/.ssh/cluster.pem --accept-new',
    'arpo-env tunnel deepx -R 15001:127.0.0.1:18082 -R 15002:10.0.0.5:18082',
  ],
  async run(context, flags, host) {
    const [{ parsePort, tunnelOptions }, { stateFolder }] = await Promise.all([
      import('../tunnel/options.js'),
      import('../runs/state-folder.js'),
    ]);
    const {
      remote = [],
      identity,
      user,
      port,
      jump,
      sshConfig,
      transport,
      url,
      acceptNew,
      keepalive,
      maxRetries,
    } = flags;
    const tunnelFlags = { host, url, identities: identity, acceptNew, keepalive, maxRetries, transport };
    const { config } = await context.loadConfig({ tunnel: tunnelFlags });
    const options = tunnelOptions(config, { forwards: remote, user, port, jump, sshConfig });
    const metricsPort =
      flags.metricsPort === undefined ? undefined : parsePort(flags.metricsPort, '--metrics-port', 0);
    const state = stateFolder(process.env);
    return flags.detach ? detach(context, state) : keepUp(context, options, state, metricsPort);
  },
});

async function keepUp(
  { console, signal, logLevel }: CommandContext,
  options: TunnelOptions,
  state: StateFolder,
  metricsPort: number | undefined,
): Promise<never> {
  const [
    { openTunnel },
    { machineId },
    { registerRun },
    { LOG_FILE_VARIABLE },
    { createPerson },
    { askAtTerminal },
    { serveStatus },
    { TunnelView },
    { forwardUrl },
  ] = await Promise.all([
    import('../tunnel/tunnel.js'),
    import('../tunnel/claim/machine-id.js'),
    import('../runs/registry.js'),
    import('../runs/background.js'),
    import('../ssh/login/person.js'),
    import('../ui/ask.js'),
    import('../tunnel/status/server.js'),
    import('../tunnel/status/view.js'),
    import('../tunnel/forward/forward.js'),
  ]);
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
  using view = new TunnelView(console, logLevel === 'debug');
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

async function detach({ console, signal }: CommandContext, state: StateFolder): Promise<void> {
  const [{ startInBackground }, { listRuns }, { standingTunnel }] = await Promise.all([
    import('../runs/background.js'),
    import('../runs/registry.js'),
    import('../tunnel/status/client.js'),
  ]);
  const { running } = await listRuns(state.runs);
  const progress = await console.progress('starting the tunnel in the background');
  const { pid, logFile, ready } = await startInBackground({
    name: 'tunnel',
    args: process.argv.slice(2).filter((word) => word !== '--detach'),
    logFolder: state.logs,
    logsInUse: running.flatMap((run) => run.logFile ?? []),
    ready: (child) => standingTunnel(state.runs, child, signal),
    deadlineMs: DEADLINE_MS,
    signal,
  }).finally(() => progress.stop());
  const { state: now, message, host, forwards } = ready;
  const urls = forwards.map(({ url }) => url);
  if (now === 'degraded') console.warn(message);
  console.document({ host, urls, state: now, pid, logFile });
  console.result(`url  ${urls.join(', ')} on ${host}\npid  ${pid}\nlog  ${logFile}`);
  console.info('see it with arpo-env status and arpo-env logs tunnel -f; end it with arpo-env stop tunnel');
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
