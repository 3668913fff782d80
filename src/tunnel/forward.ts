/** Remote forwards: ports on the cluster whose connections come out at a local HTTP service. */
import { BlockList, isIP } from 'node:net';
import type { AcceptConnection, ClientChannel, RejectConnection, TcpConnectionDetails } from 'ssh2';
import { answerBadGateway, localDown } from './bad-gateway.js';
import { cancelForward } from './channels.js';
import type { Connection } from './connect.js';
import { relay } from './relay.js';
import type { TunnelStats } from './state.js';
import { connectTcp, type TcpAddress } from './tcp.js';

export interface ForwardSpec {
  /** Address on the cluster. On a loopback one, connections from other machines are turned away even if the server lets them in. */
  bind: string;
  /** Port on the cluster; 0 takes a free one. */
  port: number;
  /** Where the connections come out: an HTTP service of this machine or one that it can reach. */
  local: TcpAddress;
}

export type Traffic = Pick<
  TunnelStats,
  'connections' | 'open' | 'refused' | 'rejected' | 'bytesIn' | 'bytesOut'
>;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

const LOCAL_CONNECT_MS = 10_000;
const CANCEL_MS = 1000;

/** Carries the connections of the forwards that the server listens for. Disposing makes it stop listening. */
export function serveForwards(
  connection: Connection,
  forwards: readonly ForwardSpec[],
  traffic: Traffic,
): AsyncDisposable {
  const { client, ended } = connection;
  const onConnection = (
    { srcIP, destIP, destPort }: TcpConnectionDetails,
    accept: AcceptConnection<ClientChannel>,
    reject: RejectConnection,
  ) => {
    const spec = forwards.find(({ bind, port }) => bind === destIP && port === destPort);
    if (spec && mayUse(spec, srcIP)) return void carry(accept(), spec, traffic, ended);
    traffic.rejected += 1;
    reject();
  };
  client.on('tcp connection', onConnection);
  return {
    async [Symbol.asyncDispose]() {
      client.off('tcp connection', onConnection);
      const limits = { signal: ended, timeoutMs: CANCEL_MS };
      // A server that does not answer, or never listened, has nothing to cancel: its ports go with the connection.
      await Promise.allSettled(
        forwards.map(({ bind, port }) => cancelForward(connection, bind, port, limits)),
      );
    },
  };
}

/** `GatewayPorts yes` makes sshd listen on all addresses whatever was asked for: who comes that way is turned away here. */
function mayUse({ bind }: ForwardSpec, srcIP: string): boolean {
  return !isLoopback(bind) || isLoopback(srcIP);
}

function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family === 0 ? address === 'localhost' : LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

async function carry(
  channel: ClientChannel,
  spec: ForwardSpec,
  traffic: Traffic,
  ended: AbortSignal,
): Promise<void> {
  traffic.connections += 1;
  traffic.open += 1;
  channel.once('close', () => {
    traffic.open -= 1;
  });
  try {
    const socket = await connectTcp(spec.local, LOCAL_CONNECT_MS, ended);
    relay(channel, socket, {
      ended,
      onToSocket: (bytes) => {
        traffic.bytesIn += bytes;
      },
      onToChannel: (bytes) => {
        traffic.bytesOut += bytes;
      },
    });
  } catch (error) {
    if (ended.aborted) return; // the channel went with the connection
    traffic.refused += 1;
    await answerBadGateway(channel, localDown(spec.local, error as Error), ended);
  }
}
