/** What the trainer reads when the env server is down: a proper HTTP answer instead of a reset connection. */
import { randomUUID } from 'node:crypto';
import { ArpoEnvError } from '../../errors.js';
import { rawProblem } from '../../http/problem.js';
import { messageOf } from '../../lib/errno.js';
import { settle } from '../../lib/wait.js';
import type { TunnelChannel } from '../../ssh/connection/connection.js';
import type { TcpAddress } from '../../ssh/connection/tcp.js';

/** By this header the probe tells our own answer from one of the env server. */
export const BAD_GATEWAY_HEADER = 'x-arpo-env-tunnel';

const LINGER_MS = 10_000;

/** Waits for a request, answers it with 502 and closes once the client has read that, or after a while. */
export async function answerBadGateway(
  channel: TunnelChannel,
  error: ArpoEnvError,
  ended: AbortSignal,
): Promise<void> {
  channel.on('error', () => channel.close());
  channel.once('data', () => channel.write(response(error), () => channel.eof()));
  channel.once('end', () => channel.eof());
  // Whatever else is sent is read and dropped: a close with unread data would reset the connection under our answer.
  channel.resume();
  const closed = settle<void>({ signals: [ended], timeoutMs: LINGER_MS }, (resolve) =>
    channel.once('close', resolve),
  );
  await closed.catch(() => {}); // too slow, or gone with the connection: closed below
  channel.close();
}

export function localDown({ host, port }: TcpAddress, cause: unknown): ArpoEnvError {
  return new ArpoEnvError(
    {
      code: 'E_TUNNEL_LOCAL',
      message: `the tunnel is up, but nothing answers at its other end, ${host}:${port}: ${messageOf(cause)}`,
      fix: 'start the env server there: arpo-env serve',
    },
    { cause },
  );
}

function response(error: ArpoEnvError): string {
  const headers = { [BAD_GATEWAY_HEADER]: 'local-down' };
  return rawProblem(error, randomUUID(), { reason: 'Bad Gateway', headers });
}
