/** What a set-up step is: the schema of its parameters, and what it does to a desktop. */
import { z } from 'zod';
import type { AgentClient } from '../agent-client.js';
import type { DesktopEndpoints } from '../endpoints.js';

/** What the steps of one task act on. */
export interface SetupContext {
  agent: AgentClient;
  endpoints: DesktopEndpoints;
  /**
   * Host folder of this task, for what steps and getters leave there; it is made when it is missing.
   * Downloads are shared between tasks in `downloads` beside it.
   */
  cacheDir: string;
  /** Password of the guest's user, for `{CLIENT_PASSWORD}`. */
  clientPassword: string;
  /** Pixels, for `{SCREEN_WIDTH}` and its kin. */
  screen: { width: number; height: number };
  /** Cancels the set-up at any point; its reason is thrown. */
  signal: AbortSignal;
  /** One line for a person: what is being done, and what failed that OSWorld lets fail. */
  onProgress?: (text: string) => void;
}

/** One row of the table of step types. A type whose `credentials` we do not have is known, but cannot be run. */
export type StepKind = RunnableStep | CredentialStep;

export interface RunnableStep {
  readonly parameters: z.ZodType;
  /** It steers the desktop's Chrome or writes what that reads. */
  readonly needsChrome: boolean;
  run(parameters: unknown, context: SetupContext): Promise<void>;
}

export interface CredentialStep {
  readonly parameters: z.ZodType;
  /** What the step would need, as a person reads it after "needs". */
  readonly credentials: string;
}

/** Ties a step's function to the schema of its parameters. */
export function step<S extends z.ZodType>(
  parameters: S,
  run: (parameters: z.output<S>, context: SetupContext) => Promise<void>,
  { needsChrome = false } = {},
): RunnableStep {
  return { parameters, needsChrome, run: async (given, context) => run(parameters.parse(given), context) };
}

/** A file in the guest. A trailing slash would name a folder, which no step can write. */
export const guestPath = z.string().regex(/^[^\0]*[^\0/]$/, 'must be the path of a file');

/** OSWorld's tasks write `"shell": "true"` five times; Python takes any text as true, we take only this one. */
export const shellFlag = z
  .union([z.boolean(), z.literal('true')], { error: 'must be true or false' })
  .default(false)
  .transform((value) => value !== false);
