/** The env server: envs over any provider's desktops, exposed over HTTP to trainers. */
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Config } from '../config/schema.js';
import { requireToken } from '../http/access.js';
import { closeApp, listenWith } from '../http/listen.js';
import { readToken } from '../http/token.js';
import { disposeOnce } from '../lib/once.js';
import { buildApp } from './app.js';
import { logEvent } from './event-log.js';
import { letHeapGrow } from './heap.js';
import { ServerMetrics } from './metrics.js';
import {
  type ServerEnvSettings,
  type ServerEnvs,
  type ServerEnvsOptions,
  type ServerEvent,
  startServerEnvs,
} from './server-envs.js';

/** `startEnvServer({ ...config.server, evaluators: config.evaluators, screen: config.screen, provider })` takes everything from the config. */
export interface EnvServerOptions
  extends Partial<ServerConfig>,
    Pick<ServerEnvsOptions, 'provider' | 'prewarm' | 'evaluators' | 'judge'> {
  /** Milliseconds that a desktop may take to become ready. Default 300 000. */
  readyTimeout?: number | undefined;
  /** It holds also where desktops turn out to be slow. Default: when it is given. */
  isReadyTimeoutFixed?: boolean | undefined;
  token?: string | undefined;
  tokenFile?: string | undefined;
  /** What the config does not know: see {@link ServerEnvSettings}. */
  screen?: ServerEnvSettings['screen'];
  actionPauseMs?: number;
  clientPassword?: string;
  resetAttempts?: number;
  cacheDir?: string;
  /** Default: silent. */
  logger?: FastifyBaseLogger;
  /** Beside the log and the metrics. */
  onEvent?: (event: ServerEvent) => void;
}

type ServerConfig = Pick<
  Config['server'],
  | 'host'
  | 'port'
  | 'envs'
  | 'standby'
  | 'ready'
  | 'maxSteps'
  | 'dialect'
  | 'model'
  | 'coordinates'
  | 'pace'
  | 'evaluateErrors'
  | 'queueLimit'
  | 'bodyLimit'
  | 'heartbeat'
  | 'insecure'
  | 'allow'
>;

/** Listening until disposed; that ends its operations, stops its desktops and resolves when none is left. */
export interface EnvServer extends AsyncDisposable {
  /** Where a client on this machine reaches it, without a path. */
  readonly url: URL;
  readonly envs: ServerEnvs;
}

/** Answers under way get so long to be read when the server stops. */
const CLOSE_TIMEOUT_MS = 5000;

/** Throws E_NO_TOKEN, E_NO_PERMISSION (token file), E_PORT_IN_USE or E_CONFIG; nothing is left behind then. */
export async function startEnvServer(options: EnvServerOptions): Promise<EnvServer> {
  const {
    host = '127.0.0.1',
    port = 18082,
    insecure = false,
    allow = [],
    bodyLimit = 2 * 1024 ** 2,
    heartbeat: heartbeatMs = 60_000,
  } = options;
  const { provider, logger = pino({ level: 'silent' }), onEvent } = options;
  const token = await readToken(options);
  requireToken({ host, token, insecure });

  letHeapGrow();
  const metrics = new ServerMetrics();
  const envs = await startServerEnvs({
    ...options,
    settings: settingsOf(options),
    onEvent: (event) => {
      logEvent(logger, event);
      metrics.observe(event);
      onEvent?.(event);
    },
  });
  metrics.watch(envs);
  try {
    const access = { host, token, allow };
    const { name: providerName, note: providerNote = null } = provider;
    const served = { envs, metrics, providerName, providerNote, heartbeatMs };
    const app = await buildApp({ ...served, access, logger, bodyLimit });
    const url = await listenWith(app, { host, port });
    const stop = async () => {
      await envs[Symbol.asyncDispose]();
      // The operations have ended by now.
      await closeApp(app, CLOSE_TIMEOUT_MS);
    };
    return { url, envs, ...disposeOnce(stop) };
  } catch (error) {
    await envs[Symbol.asyncDispose]();
    throw error;
  }
}

function settingsOf(options: EnvServerOptions): Partial<ServerEnvSettings> {
  const { readyTimeout: readyTimeoutMs, isReadyTimeoutFixed = readyTimeoutMs !== undefined } = options;
  const { maxSteps, dialect, model, coordinates, pace, evaluateErrors, queueLimit } = options;
  const { screen, actionPauseMs, clientPassword, resetAttempts, cacheDir } = options;
  const unscorable = options.evaluators?.unscorable;
  const all = {
    ...{ maxSteps, dialect, model, coordinates, pace, evaluateErrors, queueLimit },
    ...{ unscorable, readyTimeoutMs, isReadyTimeoutFixed },
    ...{ screen, actionPauseMs, clientPassword, resetAttempts, cacheDir },
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
