/** `arpo-env serve`: the env server in the foreground, or with --detach in the background. */

import type { LoadedConfig } from '../config/load.js';
import { untilAborted } from '../lib/wait.js';
import type { StateFolder } from '../runs/state-folder.js';
import { type CommandContext, defineCommand } from './command.js';

interface ServeFlags {
  provider?: string;
  host?: string;
  port?: string;
  envs?: string;
  standby?: string;
  maxSteps?: string;
  dialect?: string;
  readyTimeout?: string;
  tokenFile?: string;
  insecure?: boolean;
  allow?: string[];
  evaluateErrors?: string;
  engine?: string;
  repo?: string;
  app?: string;
  vnc?: boolean;
  prewarm?: boolean;
  detach?: boolean;
}

/** Our server listens within a second; slow disks and busy machines need more. */
const DEADLINE_MS = 60_000;
/** The engine's own deadline for Python's imports, and a little. */
const PYTHON_DEADLINE_MS = 330_000;

export default defineCommand<ServeFlags>({
  configure(command) {
    command
      .description(
        'Run the env server that trainers talk to, until Ctrl-C. What is not given as a flag comes from the environment and the config file: arpo-env config print.',
      )
      .option(
        '--provider <name>',
        'where desktops come from: docker, local, sim; default: auto, the best one',
      )
      .option(
        '--host <address>',
        'address to listen on; beyond loopback it needs a token; default: 127.0.0.1',
      )
      .option('--port <port>', 'port to listen on; 0 takes a free one; default: 18082')
      .option('--envs <n>', 'how many envs; env k is reached under /envs/k; default: 1')
      .option('--standby <n>', 'desktops kept booted ahead; default: 0')
      .option('--max-steps <n>', 'actions after which an episode ends; default: 16')
      .option('--dialect <name>', 'how predictions are read: uitars, uitars-reference; default: uitars')
      .option('--ready-timeout <duration>', 'how long a boot may take; default: 300s, without KVM 3600s')
      .option('--token-file <file>', 'file with the token that clients must send')
      .option('--insecure', 'listen beyond loopback without a token')
      .option('--allow <cidr...>', 'answer only clients from these ranges')
      .option(
        '--evaluate-errors <how>',
        'what a failing evaluator answers: fail, an HTTP error, or zero, reward 0.0; default: fail',
      )
      .option('--engine <name>', 'native, or uvicorn, the Python env server of a clone; default: native')
      .option('--repo <dir>', 'clone whose Python env server --engine uvicorn runs')
      .option('--app <module:attribute>', 'ASGI app in that clone; default: scripts.remote_env_server:app')
      .option('--vnc', 'provider local: serve each desktop over VNC; arpo-env status says where')
      .option('--prewarm', 'boot a desktop for each env at once')
      .option('--detach', 'run in the background; returns when it answers');
  },
  examples: [
    'arpo-env serve --provider sim',
    'arpo-env serve --provider docker --envs 4 --standby 1 --prewarm --detach',
    'arpo-env serve --engine uvicorn --repo ~/arpo_remote_env --ready-timeout 1h',
  ],
  async run(context, flags) {
    const { stateFolder } = await import('../runs/state-folder.js');
    const loaded = await context.loadConfig(configOf(flags));
    const state = stateFolder(process.env);
    return flags.detach
      ? detach(context, loaded, state)
      : serve(context, loaded, state, flags.prewarm ?? false);
  },
});

function configOf({ provider, vnc, prewarm: _, detach: __, ...server }: ServeFlags): Record<string, unknown> {
  return { provider, server, providers: { local: { vnc } } };
}

async function serve(
  context: CommandContext,
  loaded: LoadedConfig,
  state: StateFolder,
  prewarm: boolean,
): Promise<never> {
  const [
    { createLogger, terminalStream },
    { startServing },
    { reachLines },
    { readToken },
    { LOG_FILE_VARIABLE },
  ] = await Promise.all([
    import('../ui/logger.js'),
    import('../server/serving.js'),
    import('../server/startup.js'),
    import('../http/token.js'),
    import('../runs/background.js'),
  ]);
  const { console, logLevel, signal } = context;
  const token = await readToken(loaded.config.server);
  const forPerson = console.interactive && !console.json;
  const stream = forPerson ? { stream: await terminalStream(console.style.level > 0) } : {};
  const logger = createLogger(logLevel, { ...stream, secrets: token === undefined ? [] : [token] });
  const logFile = process.env[LOG_FILE_VARIABLE] ?? null;

  await using serving = await startServing({
    loaded,
    token,
    prewarm,
    instances: state.instances,
    logFile,
    logger,
    signal,
  });
  const { url, provider, envs, failed } = serving;
  console.document({ url: url.origin, pid: process.pid, provider, envs });
  const say = (line: string) => (forPerson ? console.info(line) : logger.info(line));
  if (forPerson) console.success(`listening on ${url.origin}`);
  else logger.info(`listening on ${url.origin}`);
  const reach = { url, host: loaded.config.server.host, envs, needsToken: token !== undefined };
  for (const line of reachLines(reach)) say(`  ${line}`);
  throw await Promise.race([untilAborted(signal), failed]);
}

async function detach(
  { console, signal }: CommandContext,
  loaded: LoadedConfig,
  state: StateFolder,
): Promise<void> {
  const [{ startInBackground }, { listInstances }, { answeringInstance }, { readToken }] = await Promise.all([
    import('../runs/background.js'),
    import('../runs/registry.js'),
    import('../env-api/run-health.js'),
    import('../http/token.js'),
  ]);
  const token = await readToken(loaded.config.server);
  const { running } = await listInstances(state.instances);
  const progress = await console.progress('starting the env server in the background');
  const { pid, logFile, ready } = await startInBackground({
    name: 'server',
    args: process.argv.slice(2).filter((word) => word !== '--detach'),
    logFolder: state.logs,
    logsInUse: running.flatMap((instance) => instance.logFile ?? []),
    ready: (child) => answeringInstance(state.instances, child, { token, signal }),
    deadlineMs: loaded.config.server.engine === 'uvicorn' ? PYTHON_DEADLINE_MS : DEADLINE_MS,
    signal,
  }).finally(() => progress.stop());
  console.document({ url: ready.url, pid, provider: ready.provider, envs: ready.envs, logFile });
  console.result(`url  ${ready.url}\npid  ${pid}\nlog  ${logFile}`);
  console.info('see it with arpo-env status and arpo-env logs -f; end it with arpo-env stop');
}
