/** Remote forwards: ports and unix sockets on the cluster whose connections come out at a local HTTP service. */
import { hostAndPort, isLoopback } from '../../lib/addresses.js';
import {
  type Connection,
  isUnixSocket,
  type RemoteAddress,
  reachable,
  type TunnelChannel,
} from '../../ssh/connection/connection.js';
import { join } from '../../ssh/connection/join.js';
import { ReusedReads } from '../../ssh/connection/reused-reads.js';
import { connectTcp, type TcpAddress } from '../../ssh/connection/tcp.js';
import type { TunnelStats } from '../state.js';
import { answerBadGateway, localDown } from './bad-gateway.js';
import { createRequestCounter } from './count-requests.js';
import { removeSocketFile } from './socket-file.js';

/**
 * Where the server listens, and where the connections come out. On a loopback `bind`, connections from other machines are
 * turned away even if the server lets them in. A `port` of 0 takes a free one, unless `bind` is the path of a unix socket.
 */
export interface ForwardSpec extends RemoteAddress {
  /** An HTTP service of this machine or one that it can reach. */
  local: TcpAddress;
}

export type Traffic = Pick<
  TunnelStats,
  'connections' | 'open' | 'requests' | 'refused' | 'rejected' | 'bytesIn' | 'bytesOut'
>;

const LOCAL_CONNECT_MS = 10_000;
const CANCEL_MS = 1000;

/** Carries the connections of the forwards that the server listens for. Disposing makes it stop listening. */
export function serveForwards(
  connection: Connection,
  forwards: readonly ForwardSpec[],
  traffic: Traffic,
): AsyncDisposable {
  const incoming = connection.onIncoming(({ to, from, accept, reject }) => {
    const spec = forwards.find(({ bind, port }) => bind === to.bind && port === to.port);
    if (spec && mayUse(spec, from)) return void carry(accept(), spec, traffic, connection);
    traffic.rejected += 1;
    reject();
  });
  return {
    async [Symbol.asyncDispose]() {
      incoming[Symbol.dispose]();
      // A server that does not answer, or never listened, has nothing to cancel: its ports go with the connection.
      await Promise.allSettled(forwards.map((spec) => cancel(connection, spec)));
    },
  };
}

/** What a person or a trainer connects to: `http://127.0.0.1:15001`, or `unix:/run/user/1000/env.sock`. */
export function forwardUrl(address: RemoteAddress): string {
  if (isUnixSocket(address)) return `unix:${address.bind}`;
  return `http://${hostAndPort(reachable(address.bind), address.port)}`;
}

async function cancel(connection: Connection, spec: ForwardSpec): Promise<void> {
  await connection.unlisten(spec, { signal: connection.ended, timeoutMs: CANCEL_MS });
  // sshd leaves the file behind, and would not listen there again.
  if (isUnixSocket(spec)) await removeSocketFile(connection, spec, AbortSignal.timeout(CANCEL_MS));
}

/** `GatewayPorts yes` makes sshd listen on all addresses whatever was asked for: who comes that way is turned away here. */
function mayUse({ bind }: RemoteAddress, from: string | null): boolean {
  return from === null || !isLoopback(bind) || isLoopback(from);
}

async function carry(
  channel: TunnelChannel,
  spec: ForwardSpec,
  traffic: Traffic,
  { ended, uplink }: Connection,
): Promise<void> {
  traffic.connections += 1;
  traffic.open += 1;
  channel.once('close', () => {
    traffic.open -= 1;
  });
  try {
    const reads = new ReusedReads();
    const socket = await connectTcp({ ...spec.local, onread: reads.onread }, LOCAL_CONNECT_MS, ended);
    const counter = createRequestCounter(() => {
      traffic.requests += 1;
    });
    join(channel, socket, {
      ended,
      uplink,
      reads,
      onToSocket(chunk) {
        traffic.bytesIn += chunk.length;
        counter.request(chunk);
      },
      onToChannel(chunk) {
        traffic.bytesOut += chunk.length;
        counter.response();
      },
    });
  } catch (error) {
    if (ended.aborted) return; // the channel went with the connection
    traffic.refused += 1;
    await answerBadGateway(channel, localDown(spec.local, error), ended);
  }
}
