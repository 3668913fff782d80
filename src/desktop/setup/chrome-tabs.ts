/** Steps that open and close tabs of the guest's Chrome: chrome_open_tabs, chrome_close_tabs. */

import type { BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { messageOf } from '../../lib/errno.js';
import { sleep } from '../../lib/wait.js';
import { withChrome } from '../cdp.js';
import { compareUrls } from '../compare-urls.js';
import { type SetupContext, step } from './step-kind.js';

const LOAD_TIMEOUT_MS = 60_000;
const SPARE_MS = 30_000;
/** OSWorld sleeps 5 s before it closes tabs, so that Chrome has shown them; we look for them during that time. */
const LOOKS = 10;
const LOOK_INTERVAL_MS = 500;

/** Opens each URL in a tab of its own, then the browser's first tab is closed. A page that does not load is told, not failed. */
export const chromeOpenTabs = step(
  z.strictObject({ urls_to_open: z.array(z.string().min(1)) }),
  async ({ urls_to_open }, context) => {
    await inChrome(context, urls_to_open.length * LOAD_TIMEOUT_MS, async (chrome) => {
      const [blank] = chrome.pages();
      for (const [index, url] of urls_to_open.entries()) {
        await load(await chrome.newPage(), url, context);
        if (index === 0) await blank?.close();
      }
    });
  },
  { needsChrome: true },
);

/** Closes for each URL the first tab that shows it (`compareUrls`). */
export const chromeCloseTabs = step(
  z.strictObject({ urls_to_close: z.array(z.string().min(1)) }),
  async ({ urls_to_close }, context) => {
    await inChrome(context, urls_to_close.length * LOOKS * LOOK_INTERVAL_MS, async (chrome) => {
      for (const url of urls_to_close) {
        const page = await findPage(chrome, url, context.signal);
        if (page) await page.close();
        else context.onProgress?.(`chrome_close_tabs: no tab shows ${url}; continuing as OSWorld does`);
      }
    });
  },
  { needsChrome: true },
);

function inChrome(
  { endpoints, signal, onProgress }: SetupContext,
  workMs: number,
  use: (chrome: BrowserContext) => Promise<void>,
): Promise<void> {
  return withChrome(
    endpoints.cdp,
    { signal, timeoutMs: workMs + SPARE_MS, ...(onProgress ? { onProgress } : {}) },
    use,
  );
}

async function load(page: Page, url: string, { signal, onProgress }: SetupContext): Promise<void> {
  try {
    await page.goto(url, { timeout: LOAD_TIMEOUT_MS });
  } catch (error) {
    signal.throwIfAborted();
    // Disconnected: the deadline or Chrome's end, neither of which OSWorld survives.
    if (page.context().browser()?.isConnected() === false) throw error;
    const [why] = messageOf(error).split('\n', 1);
    onProgress?.(`chrome_open_tabs: ${url} did not load; continuing as OSWorld does: ${why}`);
  }
}

async function findPage(chrome: BrowserContext, url: string, signal: AbortSignal): Promise<Page | undefined> {
  for (let look = 1; ; look += 1) {
    const page = chrome.pages().find((candidate) => compareUrls(candidate.url(), url));
    if (page || look === LOOKS) return page;
    await sleep(LOOK_INTERVAL_MS, signal);
  }
}
