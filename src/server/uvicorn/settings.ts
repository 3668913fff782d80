/** What of our config the Python env server of a user's repo can follow, and what it cannot. */
import type { LoadedConfig } from '../../config/load.js';
import { ArpoEnvError } from '../../errors.js';
import { isLoopback } from '../../lib/addresses.js';

export interface UvicornSettings {
  repo: string;
  app: string;
  /** PROVIDER and DOCKER_VM_READY_TIMEOUT, the variables that the Python server reads. */
  environment: Record<string, string>;
  /** Settings that somebody made and that have no effect under this engine, such as `server.dialect`. */
  ignored: string[];
}

/** Settings of ours that only change how a server behaves; without them it still serves. */
const IGNORED = [
  'server.maxSteps',
  'server.dialect',
  'server.model',
  'server.coordinates',
  'server.pace',
  'server.evaluateErrors',
  'server.queueLimit',
  'server.bodyLimit',
  'server.ready',
  // It scores with the code of its own clone, or answers 0.0.
  'evaluators.engine',
  'evaluators.unscorable',
  'evaluators.osworld',
];

/** Throws E_USAGE without a repo, E_CONFIG for what would be promised and not kept, E_NO_TOKEN as our server does. */
export function uvicornSettings(
  { config, sources }: LoadedConfig,
  token: string | undefined,
  budgetMs: number,
): UvicornSettings {
  const { repo, app, host, insecure } = config.server;
  if (repo === undefined) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: 'the engine uvicorn runs the env server of a repo, and none is named',
      fix: 'arpo-env serve --engine uvicorn --repo ~/arpo_remote_env',
    });
  }
  refuseUnkept(config.server, token);
  if (!isLoopback(host) && !insecure) {
    throw new ArpoEnvError({
      code: 'E_NO_TOKEN',
      message: `${host} can be reached from other machines, and the Python env server does not ask for a token`,
      fix: 'listen on 127.0.0.1 and use arpo-env tunnel, or accept it with --insecure',
    });
  }
  return {
    repo,
    app,
    environment: {
      ...(config.provider === 'auto' ? {} : { PROVIDER: config.provider }),
      DOCKER_VM_READY_TIMEOUT: String(Math.ceil(budgetMs / 1000)),
    },
    ignored: IGNORED.filter((path) => (sources[path]?.kind ?? 'default') !== 'default'),
  };
}

function refuseUnkept(
  { envs, standby, allow }: LoadedConfig['config']['server'],
  token: string | undefined,
): void {
  const unkept = [
    ...(envs > 1 ? [`server.envs ${envs}: it has one env`] : []),
    ...(standby > 0 ? [`server.standby ${standby}: it boots no desktop ahead`] : []),
    ...(allow.length > 0 ? ['server.allow: it answers everybody'] : []),
    ...(token === undefined ? [] : ['a token: it asks nobody for one']),
  ];
  if (unkept.length === 0) return;
  throw new ArpoEnvError({
    code: 'E_CONFIG',
    message: `the Python env server does not support ${unkept.join('; ')}`,
    fix: 'remove these settings, or use the native engine, which supports them',
  });
}
