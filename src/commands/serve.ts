/** `arpo-env serve`: the env server in the foreground, or with --detach in the background. */
import { defineCommand } from './command.js';

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
  async run({ console, logLevel, signal, loadConfig }, flags) {
    const { stateFolder } = await import('../runs/state-folder.js');
    const loaded = await loadConfig(configOf(flags));
    const state = stateFolder(process.env);
    if (flags.detach) {
      const { serveInBackground } = await import('../server/serve-in-background.js');
      return serveInBackground({ loaded, args: process.argv.slice(2), state, console, signal });
    }
    const { serve } = await import('../server/serve.js');
    const { runs } = state;
    return serve({ loaded, prewarm: flags.prewarm ?? false, runs, console, logLevel, signal });
  },
});

function configOf({ provider, vnc, prewarm: _, detach: __, ...server }: ServeFlags): Record<string, unknown> {
  return { provider, server, providers: { local: { vnc } } };
}
