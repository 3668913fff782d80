/** What tests of Chrome do on a desktop that is apart, and look at. */
import { chromium } from 'playwright-core';
import { expect } from 'vitest';
import type { ApartDesktop } from './apart-desktop.js';
import { eventually } from './eventually.js';

/** As OSWorld's tasks start it. */
export const LAUNCH = ['google-chrome', '--remote-debugging-port=1337'];
const NEW_TAB = /^chrome:\/\/new-?tab/;

export async function isGone({ shell }: ApartDesktop): Promise<void> {
  await eventually(async () => expect(await shell('pgrep -x chrome')).toBe(''));
}

/** As after a crash: nothing is orderly then. */
export async function killChrome(desktop: ApartDesktop): Promise<void> {
  await desktop.shell('kill -9 $(pgrep -x chrome) $(pgrep -f [b]in/google-chrome)');
  await isGone(desktop);
}

/** Of Chrome: WM_CLASS and title. */
export async function chromeWindows({ shell }: ApartDesktop): Promise<string[]> {
  const all = (await shell('wmctrl -lx')).split('\n');
  return all.flatMap((line) => /^\S+\s+\S+\s+(\S*chrom\S*\s+.*)$/i.exec(line)?.[1] ?? []);
}

/** Resolves once these are its pages, sorted: addresses, and `new tab`. */
export async function showsPages(desktop: ApartDesktop, ...expected: unknown[]): Promise<void> {
  await eventually(async () => {
    const shown = (await pages(desktop)).map((url) => (NEW_TAB.test(url) ? 'new tab' : url));
    expect(shown.sort()).toEqual(expected);
  });
}

async function pages({ cdp }: ApartDesktop): Promise<string[]> {
  const targets: unknown = await (await fetch(new URL('json/list', cdp))).json();
  const all = Array.isArray(targets) ? targets : [];
  return all.filter(({ type }) => type === 'page').map(({ url }) => String(url));
}

/** A client of CDP comes and goes, which starts Chrome where none runs. */
export async function attach({ cdp }: ApartDesktop): Promise<void> {
  const browser = await chromium.connectOverCDP(cdp.href);
  await browser.close();
}

/** The address of a page with this title. */
export async function htmlPage({ agent, home }: ApartDesktop, name: string): Promise<string> {
  await agent.upload(`~/${name}.html`, Buffer.from(`<title>${name}</title><h1>${name}</h1>`));
  return `file://${home}/${name}.html`;
}
