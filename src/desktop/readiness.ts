/**
 * When a desktop is ready: its screenshot answers, within a budget. Chrome's CDP is awaited a while longer: an image that
 * opens it by itself must not be handed out a moment too early, and OSWorld's stock image opens it only when a task
 * starts Chrome.
 */
import { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { sleep } from '../lib/wait.js';
import { AgentClient } from './agent-client.js';
import { askJson } from './ask.js';
import type { DesktopEndpoints } from './endpoints.js';

/** What has answered so far. */
export interface Readiness {
  screenshot: boolean;
  chromeCdp: boolean;
  /** Milliseconds since the wait began, and how many it may take. */
  elapsedMs: number;
  budgetMs: number;
}

/** What is awaited: a screenshot alone, both (as the Python env server does), or a screenshot and for a while CDP. */
export type ReadyWhen = 'auto' | 'screenshot' | 'both';

export interface ReadinessOptions {
  /** Milliseconds until the wait fails. For CDP alone `auto` takes more when it has to. */
  budgetMs: number;
  /** Default `auto`. */
  when?: ReadyWhen | undefined;
  signal: AbortSignal;
  /** Called once at the start and then after every round of probes. */
  onProgress?: (readiness: Readiness) => void;
  /** The desktop's last log lines, shown when it does not become ready. */
  logs?: (tail: number) => Promise<string>;
  /** What the machine is doing now, likewise. */
  phase?: () => string;
  /** Why it is slow, with the fix, likewise. */
  slowBecause?: string | null;
  /** Milliseconds between rounds of probes. Default 500. */
  intervalMs?: number;
  /** Milliseconds that `auto` gives CDP at least. Default 60 000. */
  leastPatienceMs?: number;
}

/** One sign of life; `probe` rejects as long as there is none. */
interface WaitStrategy {
  readonly sign: 'screenshot' | 'chromeCdp';
  /** As a person reads it in an error. */
  readonly title: string;
  probe(signal: AbortSignal): Promise<unknown>;
  lastError?: string;
}

const LEAST_PATIENCE_MS = 60_000;
const MOST_PATIENCE_MS = 600_000;
const PROBE_TIMEOUT_MS = 10_000;
const LOG_LINES = 10;
const BOOT_LOG_LINES = 50;
const LOGS_TIMEOUT_MS = 5_000;

/**
 * What has answered in the end, which may be the screenshot alone unless both are wanted. Throws E_BOOT_FAILED when the
 * budget is spent, the signal's reason when it aborts.
 */
export async function waitUntilReady(
  endpoints: DesktopEndpoints,
  options: ReadinessOptions,
): Promise<Pick<Readiness, 'screenshot' | 'chromeCdp'>> {
  const { budgetMs, when = 'auto', leastPatienceMs = LEAST_PATIENCE_MS } = options;
  const started = performance.now();
  const elapsedMs = () => Math.round(performance.now() - started);
  const all = strategies(endpoints);
  const required = all.filter(({ sign }) => sign === 'screenshot' || when === 'both');
  const pending = new Set(all);
  const seen = () => ({ screenshot: false, chromeCdp: false, ...signsOf(all, pending) });
  const report = () => options.onProgress?.({ ...seen(), elapsedMs: elapsedMs(), budgetMs });

  report();
  if (!(await answered(required, pending, budgetMs, options, report))) {
    throw await bootFailed(
      required.filter((strategy) => pending.has(strategy)),
      elapsedMs(),
      options,
    );
  }
  if (when === 'auto') {
    const patienceMs = Math.min(Math.max(elapsedMs() / 2, leastPatienceMs), MOST_PATIENCE_MS);
    await answered(all, pending, patienceMs, options, report);
  }
  return seen();
}

/** Whether all of these have answered when the time is up. Throws the signal's reason when it aborts. */
async function answered(
  wanted: readonly WaitStrategy[],
  pending: Set<WaitStrategy>,
  limitMs: number,
  options: ReadinessOptions,
  report: () => void,
): Promise<boolean> {
  const deadline = AbortSignal.timeout(Math.ceil(limitMs));
  const signal = AbortSignal.any([options.signal, deadline]);
  const isMissing = () => wanted.some((strategy) => pending.has(strategy));
  while (isMissing()) {
    await probeAll(pending, signal);
    report();
    if (isMissing()) await sleep(options.intervalMs ?? 500, signal).catch(() => undefined);
    options.signal.throwIfAborted();
    if (deadline.aborted) break;
  }
  return !isMissing();
}

function signsOf(all: readonly WaitStrategy[], pending: ReadonlySet<WaitStrategy>) {
  return Object.fromEntries(all.map((strategy) => [strategy.sign, !pending.has(strategy)]));
}

function strategies(endpoints: DesktopEndpoints): WaitStrategy[] {
  const agent = new AgentClient(endpoints.agent);
  const cdpVersion = new URL('json/version', endpoints.cdp);
  return [
    {
      sign: 'screenshot',
      title: `a screenshot from ${endpoints.agent.origin}`,
      probe: (signal) => agent.screenshot({ signal, timeoutMs: PROBE_TIMEOUT_MS, retries: 0 }),
    },
    {
      sign: 'chromeCdp',
      title: `Chrome CDP at ${cdpVersion.href}`,
      probe: (signal) => askJson(cdpVersion, z.unknown(), { signal, timeoutMs: PROBE_TIMEOUT_MS }),
    },
  ];
}

/** Removes from `pending` what answers now; what failed keeps why. */
async function probeAll(pending: Set<WaitStrategy>, signal: AbortSignal): Promise<void> {
  await Promise.all(
    [...pending].map(async (strategy) => {
      try {
        await strategy.probe(signal);
        pending.delete(strategy);
      } catch (error) {
        // The deadline cuts the last probe short; what it was failing of before is the better evidence.
        if (!signal.aborted || strategy.lastError === undefined) strategy.lastError = messageOf(error);
      }
    }),
  );
}

async function bootFailed(
  pending: readonly WaitStrategy[],
  elapsedMs: number,
  { budgetMs, logs, phase, slowBecause }: ReadinessOptions,
): Promise<ArpoEnvError> {
  const missing = pending.map(({ title, lastError }) => `${title} (${lastError ?? 'no answer'})`);
  const seconds = (ms: number) => `${Math.round(ms / 1000)}s`;
  return new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `the desktop was not ready after ${seconds(elapsedMs)} of ${seconds(budgetMs)}${phase ? `, at: ${phase()}` : ''}; still waiting for: ${missing.join(' and ')}${logs ? await lastLogLines(logs, BOOT_LOG_LINES) : ''}`,
    fix: `give it more time (DOCKER_VM_READY_TIMEOUT=3600 or --ready-timeout 1h), ${slowBecause ?? 'or look at its boot log with `arpo-env logs`; software emulation needs 20 to 40 minutes'}`,
  });
}

/** `; its last log lines: …` for the end of an error message; says so when the log cannot be read. */
export async function lastLogLines(
  logs: (tail: number) => Promise<string>,
  lines = LOG_LINES,
): Promise<string> {
  const done = new AbortController();
  const tooLong = sleep(LOGS_TIMEOUT_MS, done.signal).then(() => '(not readable in time)');
  try {
    const text = await Promise.race([logs(lines), tooLong]);
    return text.trim() ? `; its last log lines:\n${text.trim()}` : '';
  } catch (error) {
    return `; its log cannot be read: ${messageOf(error)}`;
  } finally {
    done.abort();
    tooLong.catch(() => undefined);
  }
}
