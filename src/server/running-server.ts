/** What `arpo-env serve` runs, whichever engine it is: what it starts from, and what was started. */
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.js';
import type { ArpoEnvError } from '../errors.js';
import type { RunDetails } from '../runs/run.js';

export interface RunServerOptions {
  loaded: LoadedConfig;
  token: string | undefined;
  /** Boot a desktop for each env at once. */
  prewarm: boolean;
  /** Folder of the registry. */
  runs: string;
  /** Where the log goes when it goes to a file, for the registry. */
  logFile: string | null;
  logger: Logger;
  /** Cancels the start. */
  signal: AbortSignal;
}

/** Listening and registered. Disposing stops it, its desktops and its Python process, and removes the entry. */
export interface RunningServer extends AsyncDisposable {
  readonly url: URL;
  readonly provider: string;
  readonly envs: number;
  /** Resolves when the Python server was given up; never for ours. */
  readonly failed: Promise<ArpoEnvError>;
}

/** Its entry in the registry. */
export function entryOf(
  { url, provider, envs }: Pick<RunningServer, 'url' | 'provider' | 'envs'>,
  { logFile }: RunServerOptions,
): RunDetails<'server'> {
  return { kind: 'server', url: url.origin, provider, envs, logFile };
}
