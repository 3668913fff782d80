/** Runs checks: all that are independent at once, each with its limit; what depends on a broken one is not run. */
import { messageOf } from '../lib/errno.js';
import { abortable, withDeadline } from '../lib/wait.js';
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
          finding: { status: 'consequence', seen: `skipped: ${title}`, of: broken },
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
  const finding = await withinLimit(check, context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    return unknown(check, messageOf(error));
  });
  return { check, finding, durationMs: performance.now() - began };
}

/** The check's own signal ends with its limit, so that what it waits for is not left behind. */
function withinLimit(check: Check, context: CheckContext): Promise<Finding> {
  const { limitMs = LIMIT_MS } = check;
  const late = () => new Error(`no result within ${limitMs / 1000} s`);
  return withDeadline(context.signal, limitMs, late, (signal) =>
    abortable(Promise.resolve(check.run({ ...context, signal })), signal),
  );
}

/** Not known is not fine: it is said, and it is not called broken either. */
function unknown({ id, title }: Check, words: string): Finding {
  return warn({
    seen: `could not be checked (${words})`,
    why: `Whether this is in order (${title}) is not known.`,
    fix: `arpo-env doctor --only ${id} --verbose`,
  });
}
