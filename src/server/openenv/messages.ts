/** What OpenEnv's clients send and are sent: JSON as OpenEnv 0.10 has it, with our action and observation in it. */
import { z } from 'zod';
import type { ArpoEnvError } from '../../errors.js';

/** Every action of OpenEnv's has it; nothing is done with it. */
const metadata = z.record(z.string(), z.unknown()).optional();

/** What a model said, code for the guest, or the name of what is neither. */
export const actionSchema = z
  .union(
    [
      z.strictObject({
        metadata,
        prediction: z
          .string()
          .max(1_000_000)
          .describe('What a UI-TARS model said; it is read as the env server’s dialect and model say.'),
      }),
      z.strictObject({
        metadata,
        type: z.literal('code').default('code'),
        code: z.string().max(1_000_000).describe('pyautogui code that the guest runs.'),
      }),
      z.strictObject({
        metadata,
        type: z
          .enum(['wait', 'done', 'fail'])
          .describe('Wait a moment; the task is done; the task cannot be done.'),
      }),
    ],
    { error: 'an action is one of {prediction}, {code} and {type: wait, done or fail}' },
  )
  .describe('One of prediction, code and type.');
export type OpenEnvAction = z.output<typeof actionSchema>;

/** A client whose action is a class with optional fields sends null for those that it has not set. */
export const sentActionSchema = z.record(z.string(), z.unknown()).transform((sent, context) => {
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null));
  const { success, data, error } = actionSchema.safeParse(given);
  if (success) return data;
  for (const { message, path } of error.issues) context.addIssue({ code: 'custom', message, path });
  return z.NEVER;
});

export const observationSchema = z.strictObject({
  screenshot: z
    .string()
    .nullable()
    .describe('PNG as base64; null after the action that ended the episode: nobody looks at it.'),
  width: z.int().describe('Of the screen, in pixels.'),
  height: z.int(),
  instruction: z.string(),
  task_id: z.string(),
  last_error: z
    .string()
    .nullable()
    .describe('Why the last action could not be read or carried out; null when it was.'),
});
type OpenEnvObservation = z.output<typeof observationSchema>;

export const stateSchema = z.strictObject({
  episode_id: z.string().nullable(),
  step_count: z.int().min(0).describe('Actions carried out in this episode.'),
  task_id: z.string().nullable(),
  instruction: z.string().nullable(),
  max_steps: z.int().describe('Actions after which an episode ends.'),
});
export type OpenEnvState = z.output<typeof stateSchema>;

/** Of reset: further keys are for other environments, and are passed over, as the seed is. */
export const resetSchema = z.looseObject({
  episode_id: z.string().max(255).nullish(),
  task_config: z
    .record(z.string(), z.unknown())
    .describe('An OSWorld task: id, instruction, evaluator, config.'),
});
export type OpenEnvReset = z.output<typeof resetSchema>;

/** Of a reset over HTTP, where OpenEnv checks the seed; on the WebSocket it does not. */
export const httpResetSchema = resetSchema.extend({ seed: z.int().min(0).nullish() });

export const stepSchema = z.looseObject({
  action: actionSchema,
  timeout_s: z.number().positive().nullish(),
  request_id: z.string().max(255).nullish(),
});

/** What reset and step answer. */
export interface Result {
  observation: OpenEnvObservation;
  /** Null until the episode is done, then its score. */
  reward: number | null;
  done: boolean;
}

const dataSchema = z.record(z.string(), z.unknown());

/** A frame of the client's; no other key than these. */
export const MESSAGES = {
  reset: z.strictObject({ type: z.literal('reset'), data: dataSchema.default({}) }),
  step: z.strictObject({ type: z.literal('step'), data: dataSchema }),
  state: z.strictObject({ type: z.literal('state') }),
  mcp: z.strictObject({ type: z.literal('mcp'), data: dataSchema }),
  close: z.strictObject({ type: z.literal('close') }),
};
export type MessageType = keyof typeof MESSAGES;

export function isMessageType(type: unknown): type is MessageType {
  return typeof type === 'string' && Object.hasOwn(MESSAGES, type);
}

type FrameCode =
  | 'INVALID_JSON'
  | 'UNKNOWN_TYPE'
  | 'VALIDATION_ERROR'
  | 'EXECUTION_ERROR'
  | 'CAPACITY_REACHED'
  | 'SESSION_ERROR';

/** An error as the client reads it; `more` stands beside message and code. */
export function errorFrame(code: FrameCode, message: string, more: object = {}): string {
  return JSON.stringify({ type: 'error', data: { message, code, ...more } });
}

/** A message that does not have the form of its type. */
export function invalidFrame({ issues }: z.ZodError): string {
  const errors = issues.map((issue) => ({
    type: issue.code,
    loc: issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys] : issue.path,
    msg: issue.message,
  }));
  return errorFrame('VALIDATION_ERROR', 'Invalid message', { errors });
}

export function executionFrame(error: ArpoEnvError): string {
  return errorFrame('EXECUTION_ERROR', `${error.code}: ${error.message} — ${error.fix}`);
}
