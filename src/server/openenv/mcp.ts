/** MCP's side of OpenEnv, which every server has to have: an env without tools. */
import { z } from 'zod';

const requestSchema = z.looseObject({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
});

/** The answer to a JSON-RPC request, whatever it is. */
export function answerMcp(request: unknown): object {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) {
    const message = `Invalid request: ${z.prettifyError(parsed.error)}`;
    return { jsonrpc: '2.0', id: null, error: { code: -32_600, message, data: null } };
  }
  const { id = null, method } = parsed.data;
  if (method === 'tools/list') return { jsonrpc: '2.0', id, result: { tools: [] } };
  return { jsonrpc: '2.0', id, error: { code: -32_601, message: `Method not found: ${method}`, data: null } };
}
