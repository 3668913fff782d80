/**
 * What the server and a worker (templates/evaluators/worker.py) say to each other. Requests: a header, one line of JSON, and
 * behind it as many bytes as its `size` says. Answers: lines; `{` begins the worker's own, `>` one of the process that an
 * evaluation has to itself, which may say what it likes.
 */
import { z } from 'zod';
import { parseJson } from '../../lib/json.js';

/** `get` calls a getter, `measure` a metric. */
export type Operation = 'get' | 'measure';
/** A function by what calls it and OSWorld's name for it: `['measure', 'compare_table']`. */
export type FunctionName = readonly [Operation, string];

/** `evaluation` is a name that nobody can guess. */
export type Header = { evaluation: string } & (
  | {
      op: 'begin';
      /** What will be called, as far as it is known: those are loaded before anything that a guest made is there. */
      functions: readonly FunctionName[];
      platform: string;
      password: string;
      /** Milliseconds of one function. */
      timeLimit: number;
      /** Bytes of the whole evaluation. */
      memoryLimit: number;
    }
  /** A file of the cache folder, named as seen from there. */
  | { op: 'file'; path: string; size: number }
  | { op: Operation; id: number; name: string; size: number }
  | { op: 'end' }
);

/** No line is longer: what is larger stays in the worker, and the server never parses megabytes that a guest made. */
export const LONGEST_LINE = 300_000;

const ownLineSchema = z.union([
  z.strictObject({ ready: z.literal(true), python: z.string(), pid: z.int() }),
  z.strictObject({ begun: z.string() }),
  z.strictObject({
    ended: z.string(),
    reason: z.enum(['end', 'exit', 'signal', 'time', 'memory', 'processes', 'rubbish']),
    code: z.int().optional(),
    signal: z.string().optional(),
    /** The end of what its process printed. */
    said: z.string(),
    /** Bytes of memory that the worker's own process holds. */
    resident: z.number(),
  }),
]);
const answerSchema = z.union([
  z.strictObject({ id: z.int(), value: z.unknown() }),
  /** What the Python code raised. */
  z.strictObject({ id: z.int(), raised: z.strictObject({ type: z.string(), message: z.string() }) }),
  /** The function cannot be called, and why. */
  z.strictObject({ id: z.int(), unusable: z.string() }),
]);

export type OwnLine = z.output<typeof ownLineSchema>;
export type Answer = z.output<typeof answerSchema>;
export type Ended = Extract<OwnLine, { ended: string }>;
export type Line = { from: 'worker'; said: OwnLine } | { from: 'evaluation'; said: Answer };

/** Undefined for what is neither. */
export function readLine(line: string): Line | undefined {
  if (line.startsWith('>')) {
    const said = parseJson(line.slice(1), answerSchema);
    return said && { from: 'evaluation', said };
  }
  const said = parseJson(line, ownLineSchema);
  return said && { from: 'worker', said };
}

/** What a metric or getter gave. */
export function decodeValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$float' in value)) return value;
  return Number(value.$float);
}
