/** What every group of routes gets. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendJson } from '../flask.js';
import { GuestError, type GuestMachine } from '../machine.js';

export interface RouteContext {
  /** The machine there is now: restoring a desktop replaces it. */
  machine(): GuestMachine;
  /** Aborted when the agent stops. */
  signal: AbortSignal;
}

export type Routes = (app: FastifyInstance, context: RouteContext) => void;

/** `{"status": "error", "message": …}` for what the machine refused; other errors are defects and go on. */
export async function orStatusError(
  reply: FastifyReply,
  act: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    return sendJson(reply, { status: 'error', message: error.message }, 500);
  }
}
