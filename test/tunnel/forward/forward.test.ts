/** Servers that do what neither sshd nor our embedded one does by default. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import ssh2, { type Connection, type ServerChannel, type TcpipBindInfo } from 'ssh2';
import { expect, it } from 'vitest';
import { type ClusterFiles, createClusterFiles } from '../../../src/demo/cluster-files.js';
import { openTunnel, type TunnelOptions } from '../../../src/tunnel/tunnel.js';
import { deadline, startService } from '../fixtures.js';

it("turns away other machines at a port of the cluster's own, when the server listens for them all the same", async () => {
  await using service = await startService();
  await using server = await startScriptedServer((_info, accept) => accept(41_001));
  await using tunnel = openTunnel(server.options(service.port));
  await tunnel.up(deadline());

  const get = 'GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  const from = async (address: string) => {
    const channel = await server.forward(address, 41_001);
    if (channel === null) return 'rejected';
    channel.write(get); // not end: for a server's channel that closes both directions
    return text(channel);
  };

  for (const own of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])
    expect(await from(own)).toContain('{"status":"ok"}');
  for (const other of ['192.0.2.9', '10.0.0.7', '::ffff:192.0.2.9', '2001:db8::1', 'UNKNOWN']) {
    expect(await from(other)).toBe('rejected');
  }
  expect(tunnel.stats.rejected).toBe(5);
});

it('stops with what to ask for when the server allows no forward', async () => {
  await using service = await startService();
  await using server = await startScriptedServer((_info, _accept, reject) => reject());
  await using tunnel = openTunnel(server.options(service.port));

  await expect(tunnel.up(deadline())).rejects.toMatchObject({
    code: 'E_TUNNEL_FORWARD',
    message: '127.0.0.1 does not let user listen on 127.0.0.1:41001, and nobody else does',
    fix: expect.stringContaining('PermitListen'),
  });
});

it('makes a new connection when the server has stopped listening', async () => {
  await using service = await startService();
  let listening = true;
  await using server = await startScriptedServer(
    (_info, accept) => {
      listening = true;
      accept(41_001);
    },
    () => listening,
  );
  const reasons: string[] = [];
  const options = server.options(service.port);
  await using tunnel = openTunnel({
    ...options,
    probeIntervalMs: 10,
    onEvent: ({ reason }) => reasons.push(reason),
  });
  await tunnel.up(deadline());

  listening = false;
  while (tunnel.stats.reconnects === 0) {
    deadline().throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(reasons).toContain('forward-lost');
});

interface ScriptedServer extends AsyncDisposable {
  options(servicePort: number): TunnelOptions;
  /** A connection from this address to the forwarded port; null when the tunnel rejects it. */
  forward(address: string, port: number): Promise<ServerChannel | null>;
}

/** Lets everybody in, answers requests for a forward as it is told, and connects nothing for real but its own probes. */
async function startScriptedServer(
  onForward: (info: TcpipBindInfo, accept: (port?: number) => void, reject: () => void) => void,
  connects: () => boolean = () => true,
): Promise<ScriptedServer> {
  const files: ClusterFiles = await createClusterFiles();
  const connections = new Set<Connection>();
  const forward = (connection: Connection, address: string, port: number) =>
    new Promise<ServerChannel | null>((resolve) => {
      connection.forwardOut(
        '127.0.0.1',
        port,
        address,
        50_000,
        (error: Error | undefined, channel: ServerChannel) => {
          resolve(error ? null : channel);
        },
      );
    });
  const sshd = new ssh2.Server({ hostKeys: [files.hostKey] }, (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => {});
    connection.on('authentication', (context) => context.accept());
    connection.on('session', (_accept, reject) => reject());
    connection.on('request', (accept, reject, name, info) => {
      if (name === 'tcpip-forward')
        onForward(info as TcpipBindInfo, accept ?? (() => {}), reject ?? (() => {}));
      else reject?.();
    });
    connection.on('tcpip', async (accept, reject, { destPort }) => {
      const channel =
        connects() && destPort === 41_001 ? await forward(connection, '127.0.0.1', destPort) : null;
      if (channel === null) return reject();
      const probe = accept();
      probe.pipe(channel).pipe(probe);
    });
  });
  const server = createServer((socket) => sshd.injectSocket(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await files.trust('127.0.0.1', port);
  return {
    options: (servicePort) => ({
      host: '127.0.0.1',
      user: 'user',
      port,
      configFile: 'none',
      identityFiles: [files.identityFile],
      knownHostsFile: files.knownHostsFile,
      forwards: [{ bind: '127.0.0.1', port: 41_001, local: { host: '127.0.0.1', port: servicePort } }],
    }),
    async forward(address, bound) {
      const [connection] = connections;
      return connection === undefined ? null : forward(connection, address, bound);
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.end();
      await new Promise((resolve) => server.close(resolve));
      await files[Symbol.asyncDispose]();
    },
  };
}
