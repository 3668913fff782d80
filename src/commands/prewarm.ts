/** `arpo-env prewarm`: an env that is ready before training needs it. */
import type { Config } from '../config/schema.js';
import type { PrewarmReady } from '../env-api/prewarm.js';
import { ArpoEnvError } from '../errors.js';
import { defineCommand } from './command.js';
import { argument, option } from './option.js';

export default defineCommand({
  description:
    'One reset with live boot progress; returns when the env is really ready, exit code 3 when it is not. An episode that is under way is left alone.',
  arguments: [
    argument('[url]', 'base URL of a server or of one of its envs; default: the server that runs here'),
  ],
  options: [
    option('--task <file>', 'JSON file of the task to reset with; default: one that sets nothing up'),
    option('--out <file>', 'file for the screenshot', { default: 'arpo-env-prewarm.png' }),
  ],
  examples: [
    'arpo-env prewarm',
    'arpo-env prewarm http://127.0.0.1:15001',
    'arpo-env prewarm http://127.0.0.1:15001/envs/2 --task task.json --out ready.png',
  ],
  async run({ console, signal, loadConfig }, flags, address) {
    const [
      { prewarm },
      { readTaskFile, writeImage },
      { parseServerUrl },
      { progressLine },
      { readToken },
      { config },
    ] = await Promise.all([
      import('../env-api/prewarm.js'),
      import('../env-api/prewarm-files.js'),
      import('../env-api/server-url.js'),
      import('../env-api/progress-line.js'),
      import('../http/token.js'),
      loadConfig(),
    ]);
    const url = address === undefined ? await localUrl(config) : parseServerUrl(address);
    const task = flags.task === undefined ? {} : { task: await readTaskFile(flags.task) };
    // Credentials in the URL are for that server; ours is not shown the token of another.
    const token = url.password === '' ? await readToken(config.server) : undefined;
    const progress = await console.progress(`prewarming ${url.host}`);
    const outcome = await prewarm({
      url,
      token,
      ...task,
      signal,
      onProgress: (state) => progress.update(progressLine(state, console.interactive)),
      onSlow: (because) => console.warn(because),
    }).catch((error) => {
      progress.stop();
      throw error;
    });
    if (outcome.outcome === 'failed') {
      progress.stop();
      console.error(outcome.problem);
      return 3;
    }
    progress.succeed(BY[outcome.by]);
    const file = outcome.screenshot === null ? null : await writeImage(flags.out, outcome.screenshot);
    console.document({ url: url.origin + url.pathname, by: outcome.by, screenshot: file });
    console.result(file === null ? 'no screenshot: the episode is over' : `screenshot ${file}`);
    return 0;
  },
});

const BY: Record<PrewarmReady['by'], string> = {
  reset: 'the env is ready',
  joined: 'the env is ready; a reset was under way already',
  already: 'the env was ready already, and its episode was left alone',
};

/** The one server that runs on this machine, else where the config puts it. */
async function localUrl({ server }: Config): Promise<URL> {
  const [{ listRuns }, { stateFolder }, { urlOf }] = await Promise.all([
    import('../runs/registry.js'),
    import('../runs/state-folder.js'),
    import('../lib/addresses.js'),
  ]);
  const { running } = await listRuns(stateFolder(process.env).runs);
  const servers = running.filter(({ kind }) => kind === 'server').map(({ url }) => url);
  const [only] = servers;
  if (only === undefined) return urlOf(server.host, server.port);
  if (servers.length === 1) return new URL(only);
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `${servers.length} env servers run here: ${servers.join(', ')}`,
    fix: `say which: arpo-env prewarm ${only}`,
  });
}
