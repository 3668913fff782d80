/** `--prewarm` under a Python env server, which cannot boot ahead: one reset as soon as it answers, at the same time as everything else. */
import type { Logger } from 'pino';
import { prewarm } from '../../env-api/prewarm.js';
import { toArpoEnvError } from '../../errors.js';

/** What comes of it is logged; a failure stops nobody from using the server. Disposing ends the waiting. */
export function prewarmBeside(url: URL, logger: Logger): AsyncDisposable {
  const stop = new AbortController();
  const done = prewarm({ url, token: undefined, signal: stop.signal, onProgress: () => undefined }).then(
    (outcome) => {
      if (outcome.outcome === 'ready') logger.info('prewarmed: the env is ready');
      else logger.warn(outcome.problem, 'prewarming failed');
    },
    (error) => {
      if (!stop.signal.aborted) logger.warn(toArpoEnvError(error).toJSON(), 'prewarming failed');
    },
  );
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort();
      return done;
    },
  };
}
