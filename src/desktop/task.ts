/** An OSWorld task config, as the trainer sends it to `/env/reset`. Facts: OSWorld's 369 task files. */
import { z } from 'zod';

/** One step of `config` or `evaluator.postconfig`: a type and its keyword arguments. */
export const setupStepSchema = z.object({
  type: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
});
export type SetupStep = z.output<typeof setupStepSchema>;

/** `{type, ...}` of a getter; every other key is the getter's own. */
const getterSchema = z.looseObject({ type: z.string() });
/** None is null or, as the reference takes it, too, `{}`. */
const getterOrNoneSchema = z.union([getterSchema, z.strictObject({}).transform(() => null)]).nullable();

export const evaluatorSchema = z.looseObject({
  /** Metric name, or several that `conj` combines. */
  func: z.union([z.string(), z.array(z.string()).min(1)]),
  conj: z.enum(['and', 'or']).default('and'),
  result: z.union([getterOrNoneSchema, z.array(getterOrNoneSchema)]).nullish(),
  expected: z.union([getterOrNoneSchema, z.array(getterOrNoneSchema)]).nullish(),
  options: z
    .union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()).nullable())])
    .nullish(),
  postconfig: z.array(setupStepSchema).default([]),
});
export type TaskEvaluator = z.output<typeof evaluatorSchema>;

export const taskSchema = z.looseObject({
  id: z.string(),
  /** Null is none, as in the reference. Bounded, because it stands in the history of every step. */
  instruction: z
    .string()
    .max(100_000)
    .nullable()
    .transform((text) => text ?? ''),
  evaluator: evaluatorSchema,
  config: z.array(setupStepSchema).default([]),
  /** The task wants the guest's traffic to go through the configured upstream proxy. */
  proxy: z.boolean().optional(),
});
export type Task = z.output<typeof taskSchema>;
