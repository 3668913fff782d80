/** `arpo-env serve`: the env server in the foreground, or with --detach in the background. */
import { defineCommand } from './command.js';
import { fieldOption, option } from './option.js';

export default defineCommand({
  description:
    'Run the env server that trainers talk to, until Ctrl-C. What is not given as a flag comes from the environment and the config file: arpo-env config print.',
  options: [
    fieldOption(
      'provider',
      '--provider <name>',
      'where desktops come from; auto is the best one that works here; aws and remote are not in this version yet',
    ),
    fieldOption('server.host', '--host <address>', 'address to listen on; beyond loopback it needs a token'),
    fieldOption('server.port', '--port <port>', 'port to listen on; 0 takes a free one'),
    fieldOption('server.envs', '--envs <n>', 'how many envs; env k is reached under /envs/k'),
    fieldOption('server.standby', '--standby <n>', 'desktops kept booted ahead'),
    fieldOption('server.maxSteps', '--max-steps <n>', 'actions after which an episode ends'),
    fieldOption('server.dialect', '--dialect <name>', 'how predictions are read'),
    fieldOption(
      'server.model',
      '--model <name>',
      'the model that is trained: models differ in how they point',
    ),
    fieldOption(
      'server.pace',
      '--pace <name>',
      'how long a step waits: as the Python server does, or only until the screen is at rest',
    ),
    fieldOption('server.readyTimeout', '--ready-timeout <duration>', 'how long a boot may take'),
    fieldOption('server.tokenFile', '--token-file <file>', 'file with the token that clients must send'),
    fieldOption('server.insecure', '--insecure', 'listen beyond loopback without a token'),
    fieldOption('server.allow', '--allow <cidr...>', 'answer only clients from these ranges'),
    fieldOption(
      'server.evaluateErrors',
      '--evaluate-errors <how>',
      'what a failing evaluator answers: an HTTP error, or reward 0.0',
    ),
    fieldOption('server.engine', '--engine <name>', 'our env server, or uvicorn, the Python one of a clone'),
    fieldOption('server.repo', '--repo <dir>', 'clone whose Python env server --engine uvicorn runs'),
    fieldOption('server.app', '--app <module:attribute>', 'ASGI app in that clone'),
    fieldOption(
      'providers.attach.agents',
      '--attach <url...>',
      'guest agents of desktops that run already; provider auto then is attach',
    ),
    fieldOption(
      'providers.local.vnc',
      '--vnc',
      'provider local: serve each desktop over VNC; arpo-env status says where',
    ),
    option('--prewarm', 'boot a desktop for each env at once'),
    option('--detach', 'run in the background; returns when it answers'),
  ],
  examples: [
    'arpo-env serve --provider sim',
    'arpo-env serve --provider docker --envs 4 --standby 1 --prewarm --detach',
    'arpo-env serve --attach http://192.0.2.7:5000 --pace quick --model ui-tars-1.5',
    'arpo-env serve --engine uvicorn --repo ~/arpo_remote_env --ready-timeout 1h',
  ],
  async run({ console, logLevel, signal, loadConfig }, flags) {
    const { stateFolder } = await import('../runs/state-folder.js');
    const loaded = await loadConfig();
    const state = stateFolder(process.env);
    if (flags.detach) {
      const { serveInBackground } = await import('../server/serve-in-background.js');
      return serveInBackground({ loaded, args: process.argv.slice(2), state, console, signal });
    }
    const { serve } = await import('../server/serve.js');
    return serve({ loaded, prewarm: flags.prewarm ?? false, runs: state.runs, console, logLevel, signal });
  },
});
