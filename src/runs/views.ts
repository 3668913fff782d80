/** What the kinds of runs need from the rooms that know them: how one is asked how it is, and how its log reads. */
import type { RunKind } from './kinds.js';
import type { RunOf } from './run.js';

/** What a run says of itself, as `status` shows it. */
export interface RunLook {
  /** In a word or two, for the table. */
  state: string;
  healthy: boolean;
  /** Below the table, for a person. */
  lines: readonly string[];
  /** What its kind adds to the document. */
  document: Readonly<Record<string, unknown>>;
}

export interface RunView<Kind extends RunKind> {
  /** Never throws but for the signal's reason: one that does not answer is a state too. */
  look(run: RunOf<Kind>, signal: AbortSignal): Promise<RunLook>;
  /** Turns a line of its log into what a person reads. */
  logLines(color: boolean): Promise<(line: string) => string>;
}

/** One for each kind: made where the program is composed, and not complete without a new kind's. */
export type RunViews = { readonly [Kind in RunKind]: RunView<Kind> };
