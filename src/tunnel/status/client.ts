/** Asks a tunnel of this machine how it is. */
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseJson } from '../../lib/json.js';
import { settle } from '../../lib/wait.js';
import { listRuns } from '../../runs/registry.js';
import type { RunOf } from '../../runs/run.js';
import type { RunLook } from '../../runs/views.js';
import type { TunnelStatus } from '../state.js';
import { statusLine } from './line.js';
import { tunnelStatusSchema } from './status-schema.js';

const ANSWER_MS = 3000;

/** Null when it does not answer: it starts, stops or hangs. Rejects only with the signal's reason. */
export async function askTunnelStatus(
  { statusSocket }: Pick<RunOf<'tunnel'>, 'statusSocket'>,
  signal: AbortSignal,
): Promise<TunnelStatus | null> {
  if (statusSocket === undefined) return null;
  const get = request({ socketPath: statusSocket, path: '/status' });
  try {
    const response = await settle<IncomingMessage>(
      { signals: [signal], timeoutMs: ANSWER_MS },
      (resolve, reject) => {
        get.once('response', resolve).on('error', reject).end();
      },
    );
    return parseJson(await text(response), tunnelStatusSchema) ?? null;
  } catch {
    signal.throwIfAborted();
    return null;
  } finally {
    get.destroy();
  }
}

/** The same as `status` shows it. */
export async function lookAtTunnel(run: RunOf<'tunnel'>, signal: AbortSignal): Promise<RunLook> {
  const tunnel = await askTunnelStatus(run, signal);
  const lines = tunnel === null ? [] : [statusLine(tunnel, Date.now())];
  return { state: tunnel?.state ?? 'silent', healthy: tunnel?.state === 'up', lines, document: { tunnel } };
}

/** Of process `pid`; null while it does not answer. */
export async function tunnelOfProcess(
  folder: string,
  pid: number,
  signal: AbortSignal,
): Promise<TunnelStatus | null> {
  const { running } = await listRuns(folder);
  const run = running
    .filter((candidate) => candidate.kind === 'tunnel')
    .find((candidate) => candidate.process.pid === pid);
  return run === undefined ? null : askTunnelStatus(run, signal);
}
