/** The envs of one server, and the desktops they share. */
import { ArpoEnv, type ArpoEvent, type ArpoSettings } from '../arpo/arpo-env.js';
import type { ReadyWhen } from '../desktop/readiness.js';
import type { DesktopEvent } from '../desktops/events.js';
import { DesktopSupply } from '../desktops/supply.js';
import { Env } from '../env/env.js';
import { episodeDirs } from '../env/episode-dirs.js';
import type { EnvEvent } from '../env/events.js';
import type { EnvSettings } from '../env/settings.js';
import { judgeApart } from '../evaluators/apart/judge.js';
import type { Judge } from '../evaluators/judge.js';
import { disposeOnce } from '../lib/once.js';
import { cacheFolder } from '../lib/own-folder.js';
import type { DesktopProvider } from '../providers/provider.js';
import { traitsOf } from '../providers/traits.js';

/** What happens in one of the envs, or to a desktop. */
export type ServerEvent = ((EnvEvent | ArpoEvent) & { env: number }) | DesktopEvent;

export type ServerEnvSettings = EnvSettings & ArpoSettings;

export interface ServerEnvsOptions {
  provider: DesktopProvider;
  /** How many envs. Default 1. */
  envs?: number | undefined;
  /** Desktops kept booted ahead, so that a reset swaps instead of booting. Default 0. */
  standby?: number | undefined;
  /** Boot a desktop for each env at the start instead of at its first reset. Default false. */
  prewarm?: boolean | undefined;
  /** Who scores. Default: our own metrics, in a thread of their own. */
  judge?: Judge | undefined;
  /** What makes a desktop ready. Default `auto`. */
  ready?: ReadyWhen | undefined;
  settings?: Partial<ServerEnvSettings> | undefined;
  onEvent?: ((event: ServerEvent) => void) | undefined;
}

/** Disposing it ends every operation and stops every desktop. */
export interface ServerEnvs extends AsyncDisposable {
  readonly all: readonly ArpoEnv[];
  readonly supply: DesktopSupply;
  readonly settings: ServerEnvSettings;
}

const DEFAULTS: Omit<ServerEnvSettings, 'cacheDir'> = {
  maxSteps: 16,
  dialect: 'uitars',
  screen: { width: 1920, height: 1080 },
  actionPauseMs: 500,
  pace: 'reference',
  clientPassword: 'password',
  evaluateErrors: 'fail',
  resetAttempts: 3,
  queueLimit: 16,
  readyTimeoutMs: 300_000,
  isReadyTimeoutFixed: false,
};

/** Throws E_NO_PERMISSION or E_DISK_FULL when the cache folder cannot be used. */
export async function startServerEnvs(options: ServerEnvsOptions): Promise<ServerEnvs> {
  const { provider, envs: count = 1, standby = 0, prewarm = false, judge = judgeApart() } = options;
  const { ready, onEvent = () => undefined } = options;
  const cacheDir = options.settings?.cacheDir ?? (await cacheFolder());
  const settings = { ...DEFAULTS, ...options.settings, cacheDir };
  const { readyTimeoutMs, isReadyTimeoutFixed } = settings;
  const folders = await episodeDirs(settings.cacheDir, count);
  const supply = new DesktopSupply({
    ...{ provider, takers: count, standby, prewarm, onEvent },
    ...{ readyTimeoutMs, isReadyTimeoutFixed, ready },
  });
  const { hasChrome } = traitsOf(provider.name);
  const all = folders.map((folder, index) => {
    const tell = (event: EnvEvent | ArpoEvent) => onEvent({ ...event, env: index });
    const env = new Env({ index, settings, supply, judge, hasChrome, folder, onEvent: tell });
    return new ArpoEnv({ env, settings, onEvent: tell });
  });
  supply.bootAhead();
  const stop = disposeOnce(async () => {
    await Promise.all(all.map((env) => env[Symbol.asyncDispose]()));
    await supply[Symbol.asyncDispose]();
  });
  return { all, supply, settings, ...stop };
}
