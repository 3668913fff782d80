/** The envs of one server, and the desktops they share. */
import { ArpoEnv, type ArpoEvent, type ArpoSettings } from '../arpo/arpo-env.js';
import { evaluatorsSchema } from '../config/schema/evaluators.js';
import type { Config } from '../config/schema.js';
import type { ReadyWhen } from '../desktop/readiness.js';
import type { DesktopEvent } from '../desktops/events.js';
import { DesktopSupply } from '../desktops/supply.js';
import { Env } from '../env/env.js';
import { episodeDirs } from '../env/episode-dirs.js';
import type { EnvEvent } from '../env/events.js';
import type { EnvSettings } from '../env/settings.js';
import { createJudge, type JudgesEvent } from '../evaluators/engine.js';
import type { Judge } from '../evaluators/judge.js';
import { disposeOnce } from '../lib/once.js';
import { cacheFolder } from '../lib/own-folder.js';
import type { DesktopProvider } from '../providers/provider.js';
import { traitsOf } from '../providers/traits.js';

/** What happens in one of the envs, to a desktop, or to those who score. */
export type ServerEvent = ((EnvEvent | ArpoEvent) & { env: number }) | DesktopEvent | JudgesEvent;

export type ServerEnvSettings = EnvSettings & ArpoSettings;

export interface ServerEnvsOptions {
  provider: DesktopProvider;
  /** How many envs. Default 1. */
  envs?: number | undefined;
  /** Desktops kept booted ahead, so that a reset swaps instead of booting. Default 0. */
  standby?: number | undefined;
  /** Boot a desktop for each env at the start instead of at its first reset. Default false. */
  prewarm?: boolean | undefined;
  /** Who scores, as the config's section says. Default: its defaults. */
  evaluators?: Config['evaluators'] | undefined;
  /** Another judge in place of those; whoever hands it over disposes it. */
  judge?: Judge | undefined;
  /** What makes a desktop ready. Default `auto`. */
  ready?: ReadyWhen | undefined;
  settings?: Partial<ServerEnvSettings> | undefined;
  onEvent?: ((event: ServerEvent) => void) | undefined;
}

/** Disposing it ends every operation, stops every desktop and ends what it scored with. */
export interface ServerEnvs extends AsyncDisposable {
  readonly all: readonly ArpoEnv[];
  readonly supply: DesktopSupply;
  readonly settings: ServerEnvSettings;
  readonly judge: Judge;
}

const DEFAULTS: Omit<ServerEnvSettings, 'cacheDir'> = {
  maxSteps: 16,
  dialect: 'uitars',
  screen: { width: 1920, height: 1080 },
  actionPauseMs: 500,
  pace: 'reference',
  clientPassword: 'password',
  evaluateErrors: 'fail',
  unscorable: 'refuse',
  resetAttempts: 3,
  queueLimit: 16,
  readyTimeoutMs: 300_000,
  isReadyTimeoutFixed: false,
};

/** Throws E_NO_PERMISSION or E_DISK_FULL when the cache folder cannot be used. */
export async function startServerEnvs(options: ServerEnvsOptions): Promise<ServerEnvs> {
  const { provider, envs: count = 1, standby = 0, prewarm = false } = options;
  const { ready, onEvent = () => undefined } = options;
  const cacheDir = options.settings?.cacheDir ?? (await cacheFolder());
  const settings = { ...DEFAULTS, ...options.settings, cacheDir };
  const { readyTimeoutMs, isReadyTimeoutFixed } = settings;
  const folders = await episodeDirs(settings.cacheDir, count);
  const { judge, end } = await judgeOf(options);
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
    await end?.();
  });
  return { all, supply, settings, judge, ...stop };
}

/** Ours ends with the envs. */
async function judgeOf({
  judge,
  provider,
  evaluators = evaluatorsSchema.parse({}),
  onEvent,
}: ServerEnvsOptions): Promise<{ judge: Judge; end?: () => Promise<void> }> {
  if (judge) return { judge };
  const { platform } = traitsOf(provider.name);
  const made = await createJudge({ settings: evaluators, platform, onEvent });
  return { judge: made, end: async () => made[Symbol.asyncDispose]() };
}
