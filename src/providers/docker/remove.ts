/** The end of a container: stopped with a short grace, removed by force, its volumes with it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { messageOf } from '../../lib/errno.js';
import { isNotFound, isUnreachable, statusOf } from './errors.js';

const GRACE_SECONDS = 2;
const REQUEST_TIMEOUT_MS = 30_000;
/** A daemon that is being restarted is back within this, and then still has the container. */
const AWAY_LIMIT_MS = 60_000;
const RETRY_MS = 500;

/** Resolves when it is gone. Throws Docker's error when it cannot be removed. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  const deadline = performance.now() + AWAY_LIMIT_MS;
  for (;;) {
    try {
      await stop(container);
      await container.remove({ force: true, v: true, abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      const isPassing = isUnreachable(error) || isBeingRemoved(error);
      if (!isPassing || performance.now() >= deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** SIGTERM, and SIGKILL after the grace; a container that has ended, or never ran, is left as it is. */
async function stop(container: Docker.Container): Promise<void> {
  try {
    await container.stop({ t: GRACE_SECONDS, abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  } catch (error) {
    if (isNotFound(error) || isUnreachable(error)) throw error;
    // 304: it does not run. Anything else (a paused one, a hanging one) is left to the forced removal.
  }
}

/** 409 `removal of container … is already in progress`: somebody else removes it; the next try finds it gone. */
function isBeingRemoved(error: unknown): boolean {
  return statusOf(error) === 409 && /already in progress/.test(messageOf(error));
}
