/** Our env server over the provider of the config, entered in the registry while it runs. */
import { disposeInOrder, disposeOnce } from '../lib/once.js';
import { createProvider } from '../providers/index.js';
import { registerRun } from '../runs/registry.js';
import { startEnvServer } from './env-server.js';
import { requirePreflight, unusedFlags } from './preflight.js';
import { entryOf, type RunningServer, type RunServerOptions } from './running-server.js';
import { bootBudget, lookForKvm, startupLines } from './startup.js';

export async function runNative(options: RunServerOptions): Promise<RunningServer> {
  const { loaded, token, prewarm, runs, logger, signal } = options;
  const { server, screen, evaluators } = loaded.config;
  const { provider, why } = await createProvider(loaded.config, {
    onWarning: (text) => logger.warn(text),
  });
  const kvm = await lookForKvm(provider.name, signal);
  const budget = bootBudget(loaded, provider.name, kvm);
  for (const line of startupLines(loaded, provider.name, kvm, budget)) logger.info(line);
  logger.info(`provider ${provider.name}: ${why}`);
  for (const line of unusedFlags(loaded, provider.name)) logger.warn(line);
  await requirePreflight(provider, server, logger);
  if (provider.note !== undefined) logger.warn(provider.note);
  const running = await startEnvServer({
    ...server,
    evaluators,
    tokenFile: undefined,
    token,
    readyTimeout: budget.milliseconds,
    isReadyTimeoutFixed: budget.isFixed,
    screen,
    provider,
    prewarm,
    logger,
  });
  const what = { url: running.url, provider: provider.name, envs: server.envs };
  try {
    const registration = await registerRun(runs, entryOf(what, options));
    const end = disposeOnce(() => disposeInOrder([running, registration]));
    return { ...what, failed: new Promise<never>(() => {}), ...end };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}
