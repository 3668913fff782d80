/** What is done to a desktop's Chrome from outside, over CDP, and what a model would look at before it acts. */
import { chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Desktop } from '../../src/providers/provider.js';
import { type Act, whenSeen } from './local-server.js';

/** Opens one of Chrome's own pages in a tab, and does something with it. */
export function onPage(url: string, act: (page: Page) => Promise<unknown>): Act {
  return async ({ endpoints }: Desktop) => {
    const browser = await chromium.connectOverCDP(endpoints.cdp.href);
    const page = (await browser.contexts()[0]?.newPage()) ?? expect.fail('Chrome has no context');
    await page.goto(url, { timeout: 120_000, waitUntil: 'domcontentloaded' });
    await act(page);
    await browser.close();
  };
}

/** As Chrome's settings do it. */
export function setting(name: string, value: unknown): Act {
  return onPage('chrome://settings', async (page) => {
    const [key, wanted] = [JSON.stringify(name), JSON.stringify(value)];
    expect(await page.evaluate(`chrome.settingsPrivate.setPref(${key}, ${wanted})`)).toBe(true);
  });
}

/** The address bar of the active tab shows this: a part without what XML escapes. */
export function whenBarShows(part: string): Act {
  return whenSeen(async (agent) => {
    const bars = (await agent.accessibilityTree()).match(BAR);
    expect(bars).toEqual([expect.stringContaining(part)]);
  });
}

const BAR = /(?<=name="Address and search bar"[^>]*>)[^<]*/g;

/** All pages of the web are ours from then on, wherever this runs: empty ones with their address as their title. */
export async function servePages({ endpoints }: Desktop): Promise<void> {
  const browser = await chromium.connectOverCDP(endpoints.cdp.href);
  await browser.contexts()[0]?.route(/^https?:/, (route) => {
    const body = `<title>${route.request().url()}</title>`;
    return route.fulfill({ contentType: 'text/html', body });
  });
}
