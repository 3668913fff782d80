/** Getters of what Chrome's tabs show, over CDP. */
import type { BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { withChrome } from '../../../desktop/cdp.js';
import { ArpoEnvError } from '../../../errors.js';
import { sleep } from '../../../lib/wait.js';
import type { EvaluationContext } from '../../judge.js';
import { prefixConfig, readAddressBar } from './address-bar.js';
import { getter, treeGetter } from './getter.js';

/** Limits for a tab that is open and for a page that is loaded; in addition Chrome gets time for its answers. */
const SETTLE_MS = 30_000;
const LOAD_MS = 60_000;
const ANSWER_MS = 30_000;

/** Chrome is there, or it is not: a short connection trouble is all that is waited for. */
const CONNECT_ATTEMPTS = 3;
/** As the reference: after starting Chrome. */
const START_MS = 5_000;

/**
 * `{title, url}` of every tab; a Chrome that was closed is started, as in the reference. A tab that does not settle in
 * 30 s has its URL all the same.
 */
export const openTabsInfo = getter(z.looseObject({}), async (_, context) => {
  const { agent, signal, onProgress } = context;
  try {
    return await readTabs(context, 1);
  } catch (error) {
    if (!(error instanceof ArpoEnvError) || error.code !== 'E_CHROME_UNREACHABLE') throw error;
    onProgress?.(`open_tabs_info starts Chrome: ${error.message}`);
  }
  await agent.launch(['google-chrome', '--remote-debugging-port=1337'], { signal });
  await (context.sleep ?? sleep)(START_MS, signal);
  return readTabs(context, CONNECT_ATTEMPTS);
});

/** `{title, url, content}` of what the address bar names, loaded again in a tab of its own; null when it names nothing. */
export const activeTabInfo = treeGetter(prefixConfig, async (config, context) => {
  const url = await readAddressBar(config.goto_prefix, context);
  return url === null ? null : loadPage(url, context);
});

/** The same of a URL that the task gives. */
export const pageInfo = getter(z.looseObject({ url: z.string() }), ({ url }, context) =>
  loadPage(url, context),
);

function readTabs(context: EvaluationContext, attempts: number): Promise<{ title: string; url: string }[]> {
  return inChrome(context, { timeoutMs: SETTLE_MS + ANSWER_MS, attempts }, (chrome) =>
    Promise.all(
      chrome
        .pages()
        .map(async (page) => ({ title: await settledTitle(page, context.signal), url: page.url() })),
    ),
  );
}

async function loadPage(
  url: string,
  context: EvaluationContext,
): Promise<{ title: string; url: string; content: string }> {
  const limits = { timeoutMs: LOAD_MS + ANSWER_MS, attempts: CONNECT_ATTEMPTS };
  return inChrome(context, limits, async (chrome) => {
    const page = await chrome.newPage();
    try {
      await page.goto(url, { waitUntil: 'networkidle', timeout: LOAD_MS });
      return { title: await page.title(), url: page.url(), content: await page.content() };
    } finally {
      await page.close();
    }
  });
}

async function settledTitle(page: Page, signal: AbortSignal): Promise<string> {
  try {
    await page.waitForLoadState('networkidle', { timeout: SETTLE_MS });
    return await page.title();
  } catch (error) {
    signal.throwIfAborted();
    if (page.context().browser()?.isConnected() === false) throw error;
    return 'Error encountered';
  }
}

function inChrome<T>(
  { endpoints, signal, onProgress, sleep: wait }: EvaluationContext,
  limits: { timeoutMs: number; attempts: number },
  use: (chrome: BrowserContext) => Promise<T>,
): Promise<T> {
  const hooks = { ...(onProgress ? { onProgress } : {}), ...(wait ? { sleep: wait } : {}) };
  return withChrome(endpoints.cdp, { signal, ...limits, ...hooks }, use);
}
