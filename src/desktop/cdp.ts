/** A short connection to a desktop's Chrome over its CDP port; the tabs outlive it. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Browser, BrowserContext } from 'playwright-core';
import { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { retry } from '../lib/retry.js';
import { abortable, onAbort, type Sleep } from '../lib/wait.js';
import { askJson } from './ask.js';
import { openTransport } from './cdp-transport.js';
import { outlivePlaywrightsFaults } from './playwright-faults.js';

export interface ChromeOptions {
  signal: AbortSignal;
  /** Milliseconds for `use`, in addition to those that connecting takes. */
  timeoutMs: number;
  /** How often connecting is tried, 5 s apart. Default 15, as OSWorld's chrome_open_tabs: Chrome may still be starting. */
  attempts?: number;
  /** One line for a person, at every attempt to connect that failed. */
  onProgress?: (text: string) => void;
  sleep?: Sleep;
}

const CONNECT_ATTEMPTS = 15;
const CONNECT_INTERVAL_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Gives `use` the browser's default context and disconnects whatever happens. Throws E_CHROME_UNREACHABLE when Chrome
 * cannot be connected to, E_TIMEOUT when `use` takes too long, the signal's reason when it aborts.
 */
export async function withChrome<T>(
  endpoint: URL,
  options: ChromeOptions,
  use: (context: BrowserContext) => Promise<T>,
): Promise<T> {
  await using browser = await connect(endpoint, options);
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  // Playwright takes no signals; closing the connection is what makes its pending calls fail.
  using _listener = onAbort(signal, () => void browser.close().catch(() => {}));
  try {
    options.signal.throwIfAborted();
    const [context] = browser.contexts();
    if (!context) throw unreachable(endpoint, 'it has no default browser context');
    return await use(context);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!deadline.aborted)
      throw browser.isConnected() ? error : unreachable(endpoint, firstLine(error), error);
    throw new ArpoEnvError(
      {
        code: 'E_TIMEOUT',
        message: `Chrome at ${endpoint.origin} did not do what it was asked to within ${options.timeoutMs / 1000} s`,
        fix: 'look at the desktop: its Chrome may hang, or its network may be down',
      },
      { cause: error },
    );
  }
}

async function connect(endpoint: URL, options: ChromeOptions): Promise<Browser> {
  const { signal, onProgress, sleep, attempts = CONNECT_ATTEMPTS } = options;
  // Loaded when a task first needs it: it is large, and most tasks don't.
  const { chromium } = await import('playwright-core');
  outlivePlaywrightsFaults();
  try {
    return await retry(
      async () => {
        const url = await debuggerUrl(endpoint, signal);
        const limits = { timeoutMs: CONNECT_TIMEOUT_MS, signal };
        const transport = await openTransport(url, limits);
        return abandonedOnAbort(chromium.connectOverCDP(transport, { timeout: CONNECT_TIMEOUT_MS }), signal);
      },
      {
        attempts,
        delayMs: () => CONNECT_INTERVAL_MS,
        signal,
        onRetry: (error, attempt) =>
          onProgress?.(
            `Chrome at ${endpoint.origin} does not answer yet (${attempt} of ${attempts}): ${firstLine(error)}`,
          ),
        ...(sleep ? { sleep } : {}),
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(endpoint, firstLine(error), error);
  }
}

/** Chrome refuses a Host header that is neither an address nor localhost, as a defence against DNS rebinding. */
export async function byAddress(endpoint: URL): Promise<URL> {
  const { hostname } = endpoint;
  if (hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return endpoint;
  const { address, family } = await lookup(hostname);
  const url = new URL(endpoint);
  url.hostname = family === 6 ? `[${address}]` : address;
  return url;
}

/** Asked by us: Playwright would send this request, though not the connection itself, through the environment's proxy. */
export async function debuggerUrl(named: URL, signal: AbortSignal): Promise<URL> {
  const endpoint = await byAddress(named);
  const options = { signal, timeoutMs: CONNECT_TIMEOUT_MS };
  const answer = await askJson(new URL('json/version', endpoint), versionSchema, options);
  const said = new URL(answer.webSocketDebuggerUrl);
  // Of what Chrome says the path alone counts: the port is its own, to which ours leads.
  const url = new URL(endpoint);
  url.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = said.pathname;
  url.search = said.search;
  return url;
}

const versionSchema = z.object({ webSocketDebuggerUrl: z.url() });

/** The connection, or the signal's reason; a connection that comes after that is closed. */
async function abandonedOnAbort(connecting: Promise<Browser>, signal: AbortSignal): Promise<Browser> {
  try {
    return await abortable(connecting, signal);
  } catch (error) {
    connecting.then(
      (browser) => browser.close(),
      () => {},
    );
    throw error;
  }
}

function unreachable(endpoint: URL, why: string, cause?: unknown): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_CHROME_UNREACHABLE',
      message: `Chrome at ${endpoint.origin} cannot be driven: ${why}`,
      fix: `Chrome must run in the desktop with its CDP forwarded to port 9222: curl -sS ${endpoint.origin}/json/version`,
    },
    { cause },
  );
}

/** Playwright's messages go on with a call log. */
function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? '';
}
