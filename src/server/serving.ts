/** What `arpo-env serve` runs: our env server or the user's Python one, entered in the registry while it runs. */
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.js';
import { ArpoEnvError } from '../errors.js';
import { findKvm } from '../host/kvm/kvm.js';
import type { ProcessIdentity } from '../host/process.js';
import { requireToken } from '../http/access.js';
import { isLoopback } from '../lib/addresses.js';
import { disposeInOrder, disposeOnce, once } from '../lib/once.js';
import { createProvider } from '../providers/index.js';
import type { DesktopProvider } from '../providers/provider.js';
import {
  clearStaleEntry,
  describeStaleEntry,
  type InstanceDetails,
  listInstances,
  type Registration,
  registerInstance,
} from '../runs/registry.js';
import { startEnvServer } from './env-server.js';
import { bootBudget, startupLines } from './startup.js';
import { startUvicornEngine, type UvicornEngine } from './uvicorn/engine.js';
import { prewarmBeside } from './uvicorn/prewarm.js';
import { uvicornSettings } from './uvicorn/settings.js';

export interface ServingOptions {
  loaded: LoadedConfig;
  token: string | undefined;
  /** Boot a desktop for each env at once. */
  prewarm: boolean;
  /** Folder of the registry. */
  instances: string;
  /** Where the log goes when it goes to a file, for the registry. */
  logFile: string | null;
  logger: Logger;
  /** Cancels the start. */
  signal: AbortSignal;
}

/** Listening and registered. Disposing stops it, its desktops and its Python process, and removes the entry. */
export interface Serving extends AsyncDisposable {
  readonly url: URL;
  readonly provider: string;
  readonly envs: number;
  /** Resolves when the Python server was given up; never for ours. */
  readonly failed: Promise<ArpoEnvError>;
}

/** Throws what stands in the way of a start; nothing is left of it then. */
export async function startServing(options: ServingOptions): Promise<Serving> {
  const { engine, host, insecure } = options.loaded.config.server;
  // Before anything is told of a start that cannot be; the Python server takes no token.
  if (engine === 'native') requireToken({ host, token: options.token, insecure });
  await clearStale(options);
  warnOfOpenDoor(options);
  return engine === 'native' ? serveNative(options) : serveUvicorn(options);
}

/** A server that was killed may have left its Python process on our port. */
async function clearStale({ instances, logger }: ServingOptions): Promise<void> {
  for (const entry of (await listInstances(instances)).stale) {
    await clearStaleEntry(entry);
    logger.warn(`forgot ${describeStaleEntry(entry)}`);
  }
}

/** --insecure, said aloud. */
function warnOfOpenDoor({ loaded, token, logger }: ServingOptions): void {
  const { host, insecure } = loaded.config.server;
  if (!insecure || token !== undefined || isLoopback(host)) return;
  logger.warn(`${host} without a token: whoever reaches the port commands the desktops`);
}

async function serveNative(options: ServingOptions): Promise<Serving> {
  const { loaded, token, prewarm, logger } = options;
  const { server, screen } = loaded.config;
  const { provider, why } = await createProvider(loaded.config, {
    onWarning: (text) => logger.warn(text),
  });
  const kvm = await findKvm({ deep: provider.name === 'docker', signal: options.signal });
  const budget = bootBudget(loaded, provider.name, kvm);
  for (const line of startupLines(loaded, provider.name, kvm, budget)) logger.info(line);
  logger.info(`provider ${provider.name}: ${why}`);
  await requirePreflight(provider, logger);
  const running = await startEnvServer({
    ...server,
    tokenFile: undefined,
    token,
    readyTimeout: budget.milliseconds,
    screen,
    provider,
    prewarm,
    logger,
  });
  const serving = {
    url: running.url,
    provider: provider.name,
    envs: server.envs,
    failed: new Promise<never>(() => {}),
  };
  try {
    const registration = await registerInstance(options.instances, detailsOf(serving, options));
    return { ...serving, ...disposeOnce(() => disposeInOrder([running, registration])) };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

async function serveUvicorn(options: ServingOptions): Promise<Serving> {
  const { loaded, logger, signal } = options;
  const { host, port } = loaded.config.server;
  // What PROVIDER=auto means is for the Python server to decide.
  const provider = loaded.config.provider;
  const kvm = await findKvm({ deep: provider === 'docker' || provider === 'auto', signal });
  const budget = bootBudget(loaded, provider, kvm);
  const { repo, app, environment, ignored } = uvicornSettings(loaded, options.token, budget.milliseconds);
  for (const line of startupLines(loaded, provider, kvm, budget)) logger.info(line);
  if (ignored.length > 0) logger.warn(`without effect on the Python env server: ${ignored.join(', ')}`);
  let registration: Registration | undefined;
  let engine: UvicornEngine | undefined;
  try {
    engine = await startUvicornEngine({
      repo,
      app,
      host,
      port,
      environment,
      logger,
      signal,
      // Entered before it answers: whatever happens from here on, the next start finds the process and ends it.
      onStart: async (helper, url) => {
        if (registration) await registration.update({ helper });
        else
          registration = await registerInstance(options.instances, {
            ...detailsOf({ url, provider, envs: 1, helper }, options),
            starting: true,
          });
      },
    });
    await registration?.update({ starting: false });
    const warming = options.prewarm ? prewarmBeside(engine.url, logger) : undefined;
    const stop = once(() => disposeInOrder([warming, engine, registration]));
    return { url: engine.url, provider, envs: 1, failed: engine.failed, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await disposeInOrder([engine, registration]);
    throw error;
  }
}

/** Every problem is logged, so that all of them can be fixed at once; the first one is thrown. */
async function requirePreflight(provider: DesktopProvider, logger: Logger): Promise<void> {
  const problems = await provider.preflight();
  for (const { code, message, fix } of problems) logger.error({ code, fix }, message);
  if (problems[0]) throw new ArpoEnvError(problems[0]);
}

function detailsOf(
  { url, provider, envs, helper }: Pick<Serving, 'url' | 'provider' | 'envs'> & { helper?: ProcessIdentity },
  { logFile }: ServingOptions,
): InstanceDetails {
  return { kind: 'server', url: url.origin, provider, envs, logFile, ...(helper ? { helper } : {}) };
}
