/**
 * MCP's side of OpenEnv, which every server has to have: an env without tools. A session of it holds no env, because there is
 * nothing to call in it.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../lib/errno.js';

const requestSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.int(), z.null()]).optional(),
  method: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
});

type Outcome = { result: object } | { error: { code: number; message: string } };

const INVALID_REQUEST = -32_600;
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const PARSE_ERROR = -32_700;

/** The answer to a JSON-RPC request, whatever it is. */
export function answerMcp(request: unknown): object {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success)
    return response(null, refused(INVALID_REQUEST, `Invalid request: ${z.prettifyError(parsed.error)}`));
  const { id = null, method, params } = parsed.data;
  return response(id, outcomeOf(method, params));
}

/** The same for its text. */
export function answerMcpText(text: string): object {
  try {
    return answerMcp(JSON.parse(text));
  } catch (error) {
    return response(null, refused(PARSE_ERROR, `Parse error: ${messageOf(error)}`));
  }
}

function outcomeOf(method: string, params: Record<string, unknown>): Outcome {
  switch (method) {
    case 'tools/list':
      return { result: { tools: [] } };
    case 'tools/call':
      return refused(
        INVALID_PARAMS,
        typeof params.name === 'string' ? `Tool not found: ${params.name}` : "Missing 'name' in params",
      );
    case 'openenv/session/create':
      return { result: { session_id: randomUUID() } };
    case 'openenv/session/close':
      return typeof params.session_id === 'string'
        ? { result: { session_id: params.session_id, closed: true } }
        : refused(INVALID_PARAMS, "Invalid params - 'session_id' is required");
    default:
      return refused(METHOD_NOT_FOUND, `Method not found: ${method}`);
  }
}

function refused(code: number, message: string): Outcome {
  return { error: { code, message } };
}

function response(id: string | number | null, outcome: Outcome): object {
  return 'error' in outcome
    ? { jsonrpc: '2.0', id, error: { ...outcome.error, data: null } }
    : { jsonrpc: '2.0', id, ...outcome };
}
