/** The record of something wrong as it travels in JSON: in answers, logs and a program's last words. */
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode, type Problem } from '../errors.js';

/** As any version of arpo-env writes it; {@link knownProblem} brings its code among ours. */
export const problemSchema = z.object({
  code: z.string().describe('Stable across releases.'),
  message: z.string().describe('What happened, with the concrete values.'),
  fix: z.string().describe('What fixes it.'),
});

/** As a program of this very version writes it. */
export const ownProblemSchema = problemSchema.extend({
  code: z.enum(Object.keys(ERROR_CODES) as ErrorCode[]),
});

/** A program of another version may have codes of its own: what they come nearest to is `otherwise`. */
export function knownProblem(record: z.output<typeof problemSchema>, otherwise: ErrorCode): Problem {
  const known = ownProblemSchema.safeParse(record);
  return known.success ? known.data : { ...record, code: otherwise };
}
