/** The status of a tunnel as it comes from its process, which may be one of another version. */
import { z } from 'zod';
import { knownProblem, problemSchema } from '../../lib/problem.js';
import { TUNNEL_STATES, type TunnelReason, type TunnelStatus } from '../state.js';

/** Only ever shown: one that this version does not know is as good. */
const reasonSchema = z.custom<TunnelReason>((value) => typeof value === 'string');

export const tunnelStatusSchema = z.object({
  host: z.string(),
  state: z.enum(TUNNEL_STATES),
  reason: reasonSchema,
  message: z.string(),
  since: z.string(),
  upSince: z.string().nullable(),
  forwards: z.array(z.object({ url: z.string(), local: z.string() })),
  lastInterruption: z.object({ at: z.string(), reason: reasonSchema, message: z.string() }).nullable(),
  problem: problemSchema.transform((problem) => knownProblem(problem, 'E_INTERNAL')).nullable(),
  // Versions before it did not say.
  notice: problemSchema
    .transform((problem) => knownProblem(problem, 'E_INTERNAL'))
    .nullable()
    .default(null),
  stats: z.object({
    connections: z.number(),
    open: z.number(),
    requests: z.number(),
    refused: z.number(),
    rejected: z.number(),
    bytesIn: z.number(),
    bytesOut: z.number(),
    reconnects: z.number(),
    downtimeMs: z.number(),
    rttMs: z.number().nullable(),
  }),
}) satisfies z.ZodType<TunnelStatus>;
