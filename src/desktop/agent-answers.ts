/** What the guest agent's JSON answers must be like, and the error for one that is not. */
import { z } from 'zod';
import { parseJson } from '../lib/json.js';
import { agentFailed, MalformedAnswer, summary } from './agent-errors.js';
import { hasTooMuch } from './ask.js';

/** What a command left behind; a non-zero `returncode` is still an answer, not an error. */
export interface ExecuteResult {
  output: string;
  error: string;
  returncode: number;
}

export const executeAnswer = z.object({
  output: z.string(),
  error: z.string(),
  returncode: z.number(),
}) satisfies z.ZodType<ExecuteResult>;

export const sizeAnswer = z.object({ width: z.number(), height: z.number() });

export const terminalAnswer = z.object({ output: z.string().nullable() });

export const accessibilityAnswer = z.object({ AT: z.string() });

/** Of our own agent alone: what its desktop lacks. */
export const missingAnswer = z.object({
  accessibility: z.object({ message: z.string(), fix: z.string() }).nullable(),
});

export const desktopPathAnswer = z.object({ desktop_path: z.string() });

export const directoryAnswer = z.object({ directory_tree: z.unknown() });

/** Throws E_AGENT_FAILED when the body is not JSON or not of that shape. */
export function parseAnswer<Answer extends z.ZodObject>(
  url: URL,
  route: string,
  body: Buffer,
  schema: Answer,
): z.output<Answer> {
  const refuse = (what: string) => agentFailed(url, route, what, new MalformedAnswer(what));
  if (hasTooMuch(body)) throw refuse('more JSON than any task asks for');
  const text = body.toString();
  const answer = parseJson(text, schema);
  if (answer !== undefined) return answer;
  const what = parseJson(text) === undefined ? 'not JSON' : 'JSON of another shape';
  throw refuse(`${what}: ${summary(body)}`);
}
