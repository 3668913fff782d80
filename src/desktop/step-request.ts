/**
 * The two requests that every step makes, straight over node:http. A client library's options, hooks and retries cost
 * more CPU than the rest of the step (`npm run bench:server`); most others go through got.
 */
import { agentUnreachable, refusal } from './agent-errors.js';
import { type AskOptions, ask } from './ask.js';

/** The body of a 2xx answer. Throws E_AGENT_UNREACHABLE, E_AGENT_FAILED, or the signal's reason. */
export async function sendStepRequest(base: URL, route: string, options: AskOptions): Promise<Buffer> {
  options.signal?.throwIfAborted();
  const { status, body } = await ask(new URL(route, base), options).catch((error: Error) => {
    options.signal?.throwIfAborted();
    throw agentUnreachable(base, route, error.message, error);
  });
  if (status < 200 || status > 299) throw refusal(base, route, status, body);
  return body;
}
