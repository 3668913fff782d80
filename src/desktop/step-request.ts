/**
 * The requests that every step makes, straight over node:http. A client library's options, hooks and retries cost
 * more CPU than the rest of the step (`npm run bench:server`); most others go through got.
 */
import { agentUnreachable, refusal } from './agent-errors.js';
import { type Answer, type AskOptions, ask } from './ask.js';

/** The answer, whatever its status. Throws E_AGENT_UNREACHABLE, or the signal's reason. */
export function askAgent(base: URL, route: string, options: AskOptions): Promise<Answer> {
  options.signal?.throwIfAborted();
  return ask(new URL(route, base), options).catch((error: Error) => {
    options.signal?.throwIfAborted();
    throw agentUnreachable(base, route, error.message, error);
  });
}

/** The body of a 2xx answer. Throws E_AGENT_UNREACHABLE, E_AGENT_FAILED, or the signal's reason. */
export async function sendStepRequest(base: URL, route: string, options: AskOptions): Promise<Buffer> {
  const { status, body } = await askAgent(base, route, options);
  if (status < 200 || status > 299) throw refusal(base, route, status, body);
  return body;
}
