/** The Python env server of the user's repo, entered in the registry while it runs. */
import { StartedParts } from '../../lib/once.js';
import { registerRun } from '../../runs/registry.js';
import { entryOf, type RunningServer, type RunServerOptions } from '../running-server.js';
import { bootBudget, lookForKvm, startupLines } from '../startup.js';
import { prepareUvicornEngine } from './engine.js';
import { prewarmBeside } from './prewarm.js';
import { uvicornSettings } from './settings.js';

export async function runUvicorn(options: RunServerOptions): Promise<RunningServer> {
  const { loaded, token, runs, prewarm, logger, signal } = options;
  const { host, port } = loaded.config.server;
  // What PROVIDER=auto means is for the Python server to decide.
  const provider = loaded.config.provider;
  const kvm = await lookForKvm(provider, signal);
  const budget = bootBudget(loaded, provider, kvm);
  const { ignored, ...settings } = uvicornSettings(loaded, token, budget.milliseconds);
  for (const line of startupLines(loaded, provider, kvm, budget)) logger.info(line);
  if (ignored.length > 0) logger.warn(`without effect on the Python env server: ${ignored.join(', ')}`);

  const engine = await prepareUvicornEngine({ ...settings, host, port, logger, signal });
  const what = { url: engine.url, provider, envs: 1 };
  const started = new StartedParts();
  try {
    // Entered before it runs: whatever happens from here on, the next start finds the process and ends it.
    const registration = await registerRun(runs, { ...entryOf(what, options), starting: true });
    started.add(registration);
    started.add(engine);
    await engine.start(registration, signal);
    await registration.update({ starting: false });
    if (prewarm) started.add(prewarmBeside(engine.url, logger));
    return { ...what, failed: engine.failed, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}
