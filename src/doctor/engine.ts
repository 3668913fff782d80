/** Runs checks: all that are independent at once, each with its limit; what depends on a broken one is not run. */
import { type Check, type Finding, warn } from './check.js';
import type { CheckContext } from './context.js';

export interface CheckResult {
  check: Check;
  finding: Finding | { status: 'consequence'; seen: string; of: string };
  /** Milliseconds. */
  durationMs: number;
}

const LIMIT_MS = 5000;

/** Results in the order of `checks`. Rejects only with the context's signal's reason. */
export async function runChecks(checks: readonly Check[], context: CheckContext): Promise<CheckResult[]> {
  const started = new Map<string, Promise<CheckResult>>();
  const byId = new Map(checks.map((check) => [check.id, check]));

  const start = (check: Check): Promise<CheckResult> => {
    const known = started.get(check.id);
    if (known) return known;
    const result = (async () => {
      const needed = check.needs.flatMap((id) => byId.get(id) ?? []);
      const results = await Promise.all(needed.map(start));
      context.signal.throwIfAborted();
      const broken = results.map(rootOf).find((id) => id !== null);
      if (broken) {
        const title = byId.get(broken)?.title ?? broken;
        return {
          check,
          finding: { status: 'consequence', seen: `not looked at: ${title}`, of: broken },
          durationMs: 0,
        };
      }
      return runOne(check, context);
    })() as Promise<CheckResult>;
    started.set(check.id, result);
    return result;
  };

  const results = await Promise.allSettled(checks.map(start));
  context.signal.throwIfAborted();
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The check whose failure makes others pointless: this one, or the one that this one is a consequence of. */
function rootOf({ check, finding }: CheckResult): string | null {
  if (finding.status === 'fail') return check.id;
  return finding.status === 'consequence' ? finding.of : null;
}

async function runOne(check: Check, context: CheckContext): Promise<CheckResult> {
  const began = performance.now();
  const limitMs = check.limitMs ?? LIMIT_MS;
  const own = new AbortController();
  const signal = AbortSignal.any([context.signal, own.signal]);
  const finding = await withinLimit(check, { ...context, signal }, limitMs).catch((error: unknown) => {
    context.signal.throwIfAborted();
    return unknown(check, (error as Error).message);
  });
  own.abort();
  return { check, finding, durationMs: performance.now() - began };
}

async function withinLimit(check: Check, context: CheckContext, limitMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = new AbortController();
  const late = new Promise<Finding>((resolve, reject) => {
    timer = setTimeout(() => resolve(unknown(check, `no result within ${limitMs / 1000} s`)), limitMs);
    context.signal.addEventListener('abort', () => reject(context.signal.reason), { signal: onAbort.signal });
  });
  try {
    return await Promise.race([Promise.resolve(check.run(context)), late]);
  } finally {
    clearTimeout(timer);
    onAbort.abort();
    late.catch(() => {});
  }
}

/** Not known is not fine: it is said, and it is not called broken either. */
function unknown({ id, title }: Check, words: string): Finding {
  return warn({
    seen: `could not be looked at (${words})`,
    why: `Whether this is in order (${title}) is not known.`,
    mend: `arpo-env doctor --only ${id} --verbose`,
  });
}
