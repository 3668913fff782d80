/** What the server's own log says about the last minutes: who resets whom. */
import { z } from 'zod';
import type { Host } from '../../host/host.js';
import { parseJson } from '../../lib/json.js';
import type { RunList } from '../../runs/registry.js';

export interface RecentLog {
  file: string;
  /** Most resets of one env that followed each other without a step between them, in the last minutes. */
  resetsInARow: number;
  /** Operations that were refused because too many waited. */
  busy: number;
}

const MINUTES = 5;
const TAIL_BYTES = 512 * 1024;

/** Null when the server that runs here logs to no file. */
export async function lookAtRecentLog(
  { running }: RunList,
  serverUrl: URL,
  machine: Host,
): Promise<RecentLog | null> {
  const server = running.find(({ kind, url }) => kind === 'server' && new URL(url).port === serverUrl.port);
  if (!server?.logFile) return null;
  const text = await machine.readEnd(server.logFile, TAIL_BYTES);
  if (text === null) return null;
  const since = machine.now() - MINUTES * 60_000;
  const rows: Map<number, number> = new Map();
  let resetsInARow = 0;
  let busy = 0;
  for (const { time, env, msg, code } of text.split('\n').flatMap(parseLine)) {
    if (time < since) continue;
    if (code === 'E_BUSY') busy += 1;
    if (/^reset (done|failed)/.test(msg)) rows.set(env, (rows.get(env) ?? 0) + 1);
    else if (/^(step|evaluate) /.test(msg)) rows.set(env, 0);
    resetsInARow = Math.max(resetsInARow, rows.get(env) ?? 0);
  }
  return { file: server.logFile, resetsInARow, busy };
}

/** pino's lines, one JSON object each; other keys are of no interest here. */
const lineSchema = z.object({
  time: z.union([z.number(), z.string().transform((text) => Date.parse(text))]),
  env: z.coerce.number().default(0),
  msg: z.string(),
  code: z.string().optional().catch(undefined),
});

/** Empty for what is not such a line, e.g. one that the tail cut in two. */
function parseLine(line: string): z.output<typeof lineSchema>[] {
  const parsed = parseJson(line, lineSchema);
  return parsed === undefined || Number.isNaN(parsed.time) ? [] : [parsed];
}
