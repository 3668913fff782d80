import { sleep } from '../../lib/wait.js';

/** How it ended, or null when it has not after `ms`. `ended` never rejects. */
export async function endsWithin(ended: Promise<string>, ms: number): Promise<string | null> {
  const waited = new AbortController();
  const tooLong = sleep(ms, waited.signal).then(
    () => null,
    () => null,
  );
  const how = await Promise.race([ended, tooLong]);
  waited.abort();
  return how;
}
