/** All envs of one server, and the desktops they share. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DesktopProvider } from '../providers/provider.js';
import { DesktopSupply } from './desktop-supply.js';
import { Env } from './env.js';
import { episodeDirs } from './episode-dirs.js';
import type { FleetEvent } from './events.js';
import type { EnvSettings } from './settings.js';

export interface FleetOptions {
  provider: DesktopProvider;
  /** How many envs. Default 1. */
  envs?: number | undefined;
  /** Desktops kept booted ahead, so that a reset swaps instead of booting. Default 0. */
  standby?: number | undefined;
  /** Boot a desktop for each env at the start instead of at its first reset. Default false. */
  prewarm?: boolean | undefined;
  settings?: Partial<EnvSettings> | undefined;
  onEvent?: ((event: FleetEvent) => void) | undefined;
}

/** Disposing it ends every operation and stops every desktop. */
export interface Fleet extends AsyncDisposable {
  readonly envs: readonly Env[];
  readonly supply: DesktopSupply;
  readonly settings: EnvSettings;
}

const DEFAULTS: EnvSettings = {
  maxSteps: 16,
  dialect: 'uitars',
  screen: { width: 1920, height: 1080 },
  actionPauseMs: 500,
  clientPassword: 'password',
  evaluateErrors: 'fail',
  resetAttempts: 3,
  queueLimit: 16,
  readyTimeoutMs: 300_000,
  isReadyTimeoutFixed: false,
  cacheDir: join(tmpdir(), 'arpo-env'),
};

/** Throws E_NO_PERMISSION or E_DISK_FULL when the cache folder cannot be used. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { provider, envs: count = 1, standby = 0, prewarm = false, onEvent = () => undefined } = options;
  const settings = { ...DEFAULTS, ...options.settings };
  const { readyTimeoutMs, isReadyTimeoutFixed } = settings;
  const dirs = await episodeDirs(settings.cacheDir, count);
  const supply = new DesktopSupply({
    ...{ provider, envs: count, standby, prewarm, onEvent },
    ...{ readyTimeoutMs, isReadyTimeoutFixed },
  });
  const envs = dirs.map((episodeDir, index) => {
    return new Env({
      index,
      settings,
      supply,
      episodeDir,
      onEvent: (event) => onEvent({ ...event, env: index }),
    });
  });
  supply.bootAhead();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await Promise.all(envs.map((env) => env[Symbol.asyncDispose]()));
    await supply[Symbol.asyncDispose]();
  };
  return {
    envs,
    supply,
    settings,
    [Symbol.asyncDispose]: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
