/** What a check is and what it can find. A check only looks: it changes nothing and waits no longer than its limit. */
import type { CheckContext } from './context.js';
import type { LinkId } from './links.js';
import type { Role } from './role.js';

/** Something safe that `--fix` may do; `command` is what is shown before. */
export interface Fix {
  command: string;
  apply(signal: AbortSignal): Promise<void>;
}

export interface Trouble {
  /** What was seen, with the concrete values, in one clause. */
  seen: string;
  /** Why it matters, in one sentence. */
  why: string;
  /** What to do now: preferably a command to paste. */
  fix: string;
  safeFix?: Fix;
}

export type Finding =
  | { status: 'pass'; seen: string }
  /** Does not apply here, which is not the same as broken. */
  | { status: 'skip'; seen: string }
  | ({ status: 'warn' } & Trouble)
  | ({ status: 'fail' } & Trouble);

export interface Check {
  /** `family.name`, for `--only` and for needs. */
  id: string;
  link: LinkId;
  title: string;
  /** Where it can look at all. Default: everywhere but on the cluster. */
  roles?: readonly Role[];
  /** Checks without whose success this one's finding would be a mere consequence. */
  needs: readonly string[];
  /** Milliseconds. Default: 5000. */
  limitMs?: number;
  run(context: CheckContext): Promise<Finding> | Finding;
}

export const pass = (seen: string): Finding => ({ status: 'pass', seen });
export const skip = (seen: string): Finding => ({ status: 'skip', seen });
export const warn = (trouble: Trouble): Finding => ({ status: 'warn', ...trouble });
export const fail = (trouble: Trouble): Finding => ({ status: 'fail', ...trouble });
