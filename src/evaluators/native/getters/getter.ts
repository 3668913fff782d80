/** What every getter is: a source of the values that metrics judge. */
import type { z } from 'zod';
import type { EvaluationContext } from '../../judge.js';

export interface Getter {
  /** The keys that the getter reads of its config; others are allowed, since task files annotate freely. */
  config: z.ZodType;
  /** Checks `config` against the schema and gets the value. Throws PythonError where the reference raises. */
  get(config: unknown, context: EvaluationContext): Promise<unknown>;
  /** Whether it reads the desktop's accessibility tree. */
  readsTree: boolean;
}

export function getter<Schema extends z.ZodType>(
  config: Schema,
  get: (config: z.output<Schema>, context: EvaluationContext) => unknown,
): Getter {
  return { config, get: async (given, context) => get(config.parse(given), context), readsTree: false };
}

/** The same for what is in the accessibility tree, which not every desktop has. */
export function treeGetter<Schema extends z.ZodType>(
  config: Schema,
  get: (config: z.output<Schema>, context: EvaluationContext) => unknown,
): Getter {
  return { ...getter(config, get), readsTree: true };
}
