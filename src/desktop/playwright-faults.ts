/**
 * What Playwright throws where nobody can catch it: it believes what a Chrome says, and acts on it in turns of its own. A
 * program of a desktop that speaks in Chrome's place would end this process so, and with it the envs of all other desktops.
 */
import { once } from '../lib/once.js';

const IN_PLAYWRIGHT = /[\\/]playwright-core[\\/]/;

/** From now on; whoever waits for that Chrome has a deadline of their own. */
export const outlivePlaywrightsFaults = once(() => {
  process.on('unhandledRejection', (reason) => {
    if (reason instanceof Error && IN_PLAYWRIGHT.test(reason.stack ?? '')) return;
    // As without this listener: then Node ends the process. Where there is another one, that decides.
    if (process.listenerCount('unhandledRejection') === 1) throw reason;
  });
});
