/** `arpo-env serve` in the foreground: the server, its log, and how it is reached, until it is interrupted. */
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.js';
import { readToken } from '../http/token.js';
import { untilAborted } from '../lib/wait.js';
import { LOG_FILE_VARIABLE } from '../runs/background.js';
import type { Console } from '../ui/console.js';
import { createLogger, terminalStream } from '../ui/logger.js';
import { runServer } from './run-server.js';
import type { RunningServer } from './running-server.js';
import { reachLines } from './startup.js';

export interface ServeOptions {
  loaded: LoadedConfig;
  /** Boot a desktop for each env at once. */
  prewarm: boolean;
  /** Folder of the registry. */
  runs: string;
  console: Console;
  logLevel: Parameters<typeof createLogger>[0];
  signal: AbortSignal;
}

/** Throws the signal's reason when it was interrupted, and what kept it from starting or going on. */
export async function serve(options: ServeOptions): Promise<never> {
  const { loaded, prewarm, runs, console, logLevel, signal } = options;
  const token = await readToken(loaded.config.server);
  const forPerson = console.interactive && !console.json;
  const stream = forPerson ? { stream: await terminalStream(console.style.level > 0) } : {};
  const logger = createLogger(logLevel, { ...stream, secrets: token === undefined ? [] : [token] });
  const logFile = process.env[LOG_FILE_VARIABLE] ?? null;

  await using server = await runServer({ loaded, token, prewarm, runs, logFile, logger, signal });
  const { url, provider, envs } = server;
  console.document({ url: url.origin, pid: process.pid, provider, envs });
  const reach = reachLines({ url, host: loaded.config.server.host, envs, needsToken: token !== undefined });
  tell(server, reach, forPerson ? console : null, logger);
  throw await Promise.race([untilAborted(signal), server.failed]);
}

function tell(
  { url }: RunningServer,
  reach: readonly string[],
  person: Console | null,
  logger: Logger,
): void {
  const listening = `listening on ${url.origin}`;
  if (person) person.success(listening);
  else logger.info(listening);
  for (const line of reach) (person ?? logger).info(`  ${line}`);
}
