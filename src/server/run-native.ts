/** Our env server over the provider of the config, entered in the registry while it runs. */
import type { Logger } from 'pino';
import { ArpoEnvError } from '../errors.js';
import { disposeInOrder, disposeOnce } from '../lib/once.js';
import { createProvider } from '../providers/index.js';
import type { DesktopProvider } from '../providers/provider.js';
import { registerRun } from '../runs/registry.js';
import { startEnvServer } from './env-server.js';
import { entryOf, type RunningServer, type RunServerOptions } from './running-server.js';
import { bootBudget, lookForKvm, startupLines } from './startup.js';

export async function runNative(options: RunServerOptions): Promise<RunningServer> {
  const { loaded, token, prewarm, runs, logger, signal } = options;
  const { server, screen } = loaded.config;
  const { provider, why } = await createProvider(loaded.config, {
    onWarning: (text) => logger.warn(text),
  });
  const kvm = await lookForKvm(provider.name, signal);
  const budget = bootBudget(loaded, provider.name, kvm);
  for (const line of startupLines(loaded, provider.name, kvm, budget)) logger.info(line);
  logger.info(`provider ${provider.name}: ${why}`);
  await requirePreflight(provider, logger);
  if (provider.note !== undefined) logger.warn(provider.note);
  const running = await startEnvServer({
    ...server,
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

/** Every problem is logged, so that all of them can be fixed at once; the first one is thrown. */
async function requirePreflight(provider: DesktopProvider, logger: Logger): Promise<void> {
  const problems = await provider.preflight();
  for (const { code, message, fix } of problems) logger.error({ code, fix }, message);
  if (problems[0]) throw new ArpoEnvError(problems[0]);
}
