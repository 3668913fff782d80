/** One run as the registry holds it: what every run records, and what those of its kind add. */
import { z } from 'zod';
import { processIdentitySchema } from '../host/process.js';
import { parseJson } from '../lib/json.js';
import { type DetailsOf, type DetailTypes, RUN_KIND_NAMES, RUN_KINDS, type RunKind } from './kinds.js';

const DETAIL_SCHEMAS: Record<keyof DetailTypes, z.ZodType> = { text: z.string(), count: z.int() };

const recordSchema = z.object({
  kind: z.enum(RUN_KIND_NAMES),
  process: processIdentitySchema,
  /** Leader of a process group that must not outlive the run, e.g. the Python server under `--engine uvicorn`. */
  helper: processIdentitySchema.optional(),
  /** Where it is reached. */
  url: z.string(),
  startedAt: z.iso.datetime(),
  /** True while it comes up: entered already, so that what it starts is found if it is killed, but not to be relied on. */
  starting: z.boolean().optional(),
  /** Null when it logs to its terminal or to the service manager. */
  logFile: z.string().nullable(),
  /** Unix socket at which it tells its state, for kinds that have no HTTP address of their own. */
  statusSocket: z.string().optional(),
  version: z.string(),
});
type RunRecord = z.output<typeof recordSchema>;

export type RunOf<Kind extends RunKind> = RunRecord & { kind: Kind } & DetailsOf<Kind>;
export type Run = { [Kind in RunKind]: RunOf<Kind> }[RunKind];

/** What the run itself knows; the rest is added when it is entered. */
export type RunDetails<Kind extends RunKind> = Omit<
  RunRecord,
  'kind' | 'process' | 'startedAt' | 'version'
> & {
  kind: Kind;
} & DetailsOf<Kind>;

/** Null for an entry that is damaged, or of a version whose entries were different. */
export function parseRun(text: string): Run | null {
  const record = parseJson(text, recordSchema.loose());
  if (record === undefined) return null;
  const details = Object.entries(RUN_KINDS[record.kind].details).map(
    ([name, type]) => [name, DETAIL_SCHEMAS[type]] as const,
  );
  const whole = recordSchema.extend(Object.fromEntries(details)).safeParse(record);
  // The schema was taken by the record's kind, which TypeScript cannot follow.
  return whole.success ? (whole.data as unknown as Run) : null;
}

/** What a run of its kind records besides what every run does, for whoever prints it. */
export function detailsOf(run: Run): Record<string, unknown> {
  const keys = Object.keys(RUN_KINDS[run.kind].details);
  return Object.fromEntries(Object.entries(run).filter(([key]) => keys.includes(key)));
}

/** `server pid 4711 (http://127.0.0.1:18082)`, for a line about a run. */
export function describeRun({ kind, process, url }: Run): string {
  return `${kind} pid ${process.pid} (${url})`;
}
