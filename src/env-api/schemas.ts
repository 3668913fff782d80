/** Requests and answers of the env protocol; they validate bodies and make the OpenAPI document. */
import { z } from 'zod';
import { problemSchema } from '../lib/problem.js';

const textPartSchema = z.object({ type: z.literal('text'), text: z.string() });

const imagePartSchema = z.object({
  type: z.literal('image'),
  b64: z.string().describe('The screenshot as the guest sent it (PNG), base64 without a data: prefix.'),
  min_pixels: z.literal(3136),
  max_pixels: z.literal(2116800),
});

const messageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.array(z.union([textPartSchema, imagePartSchema])),
});

export const resetBodySchema = z.object({
  task_config: z
    .record(z.string(), z.unknown())
    .describe('An OSWorld task: id, instruction, evaluator, config.'),
});

export const stepBodySchema = z.object({
  prediction: z
    .string()
    // A longer one would keep the other envs waiting while it is read; models say some thousand characters.
    .max(1_000_000)
    .describe('What the model said, e.g. "Thought: …\\nAction: click(start_box=\'(960,540)\')".'),
});

export const historyQuerySchema = z.object({
  history: z
    .enum(['full', 'delta'])
    .default('full')
    .describe('delta: only the messages that no earlier answer of this episode carried.'),
});

export const keyHeadersSchema = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Repeating a request with its key returns the first answer and acts once, as long as the episode lasts.',
    ),
});

export const stepResultSchema = z.object({
  env_idx: z.int().describe('Number of the env.'),
  obs_messages: z
    .array(messageSchema)
    .nullable()
    .describe('The conversation; null when the episode is over.'),
  is_done: z.boolean(),
  format_reward: z.number().describe('-1.0 when the prediction could not be parsed, else 0.0.'),
});

export const rewardSchema = z.number().describe('The reward of the episode.');

export const historyMessagesSchema = z.object({ history_messages: z.array(messageSchema) });

/** Times in seconds. */
export const healthSchema = z.object({
  status: z.literal('ok').describe('The process lives; see state for the env.'),
  version: z.string().describe('Of arpo-env.'),
  provider: z.string(),
  env: z.int(),
  state: z.enum(['idle', 'booting', 'restoring', 'setup', 'ready', 'stepping', 'evaluating', 'failed']),
  elapsed: z.number().describe('Seconds in this state.'),
  deadline: z
    .number()
    .nullable()
    .describe('Seconds that the boot or restore may take; null when none is under way.'),
  boot_elapsed: z.number().nullable().describe('Seconds that the boot takes, or took.'),
  phase: z.string().nullable().describe('What the boot is at.'),
  boot_log: z.string().nullable().describe('Last line of the boot log.'),
  slow_because: z
    .string()
    .nullable()
    .optional()
    .describe('Why the boot is slow, with the fix; null when it is not. Older servers do not say.'),
  screenshot: z.boolean().describe('The screenshot answers.'),
  chrome_cdp: z.boolean().describe('Chrome CDP answered when the desktop became ready.'),
  desktop: z.string().nullable(),
  watch: z.string().nullable().describe('Where a person watches the desktop, from the env machine.'),
  task: z.string().nullable(),
  steps: z.int().describe('Actions carried out in this episode.'),
  is_done: z.boolean(),
  ended: z
    .enum(['model', 'max-steps'])
    .nullable()
    .optional()
    .describe('What ended the episode: the model, or server.maxSteps. Older servers do not say.'),
  queue: z.int().describe('Operations that wait.'),
  standby: z.object({ ready: z.int(), booting: z.int() }).describe('Desktops booted ahead.'),
  judges: z
    .array(z.enum(['native', 'osworld']))
    .optional()
    .describe("Who scores: our own metrics, OSWorld's own evaluators. Older servers do not say."),
  failure: problemSchema.nullable().describe('Why the env failed.'),
  last_problem: problemSchema.nullable().describe('The last action that the desktop could not carry out.'),
});
export type Health = z.output<typeof healthSchema>;

export const envListSchema = z.object({
  envs: z.array(
    z.object({
      env: z.int(),
      base_url: z
        .string()
        .describe("What a worker uses as its remote_server_url, relative to this server's."),
      state: healthSchema.shape.state,
      task: z.string().nullable(),
      steps: z.int(),
      watch: healthSchema.shape.watch,
      failure: healthSchema.shape.failure,
      note: z
        .string()
        .nullable()
        .optional()
        .describe('What to know of its desktops. Older servers do not say.'),
      held_by: z
        .enum(['openenv'])
        .nullable()
        .optional()
        .describe('Whose session has the env: openenv while an OpenEnv client is connected to it.'),
    }),
  ),
});
export type EnvSummary = z.output<typeof envListSchema>['envs'][number];
