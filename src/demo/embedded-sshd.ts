/** An SSH server in this process, for machines without OpenSSH: logs one key in and forwards ports, nothing else. */
import { once, setMaxListeners } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket, type Server as TcpServer } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type TcpipBindInfo } from 'ssh2';
import { join } from '../ssh/connection/join.js';
import type { ClusterFiles } from './cluster-files.js';

export interface EmbeddedSshd extends AsyncDisposable {
  port: number;
  dropConnections(): Promise<void>;
}

/** Lets `user` in with the authorized key, on a free loopback port. */
export async function startEmbeddedSshd(
  files: Pick<ClusterFiles, 'hostKey' | 'authorizedKey'>,
  user: string,
): Promise<EmbeddedSshd> {
  const authorized = ssh2.utils.parseKey(files.authorizedKey);
  if (authorized instanceof Error) throw authorized;
  const sessions = new Set<EmbeddedSession>();
  const sshd = new ssh2.Server({ hostKeys: [files.hostKey] }, (connection) => {
    const session = new EmbeddedSession(connection);
    sessions.add(session);
    connection.on('close', () => sessions.delete(session));
    connection.on('authentication', (context) => {
      if (context.username === user && provesKey(context, authorized)) context.accept();
      else context.reject(['publickey']);
    });
  });
  // A TCP server of our own knows its sockets, which ssh2's keeps to itself.
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sshd.injectSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dropConnections = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([...sessions].map((session) => session[Symbol.asyncDispose]()));
  };
  return {
    port: (server.address() as AddressInfo).port,
    dropConnections,
    async [Symbol.asyncDispose]() {
      const closed = close(server);
      await dropConnections();
      await closed;
    },
  };
}

/** RFC 4252 §7: first the client asks whether the key would do, then it signs. */
function provesKey(context: AuthContext, authorized: ssh2.ParsedKey): boolean {
  if (context.method !== 'publickey' || !context.key.data.equals(authorized.getPublicSSH())) return false;
  if (!context.signature) return true;
  return (
    context.blob !== undefined &&
    authorized.verify(context.blob, context.signature, context.hashAlgo) === true
  );
}

/** One logged-in client and the ports that it had us listen on. Disposing closes those. */
class EmbeddedSession implements AsyncDisposable {
  readonly #listeners = new Map<string, TcpServer>();
  readonly #ended = new AbortController();

  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;

    setMaxListeners(0, this.#ended.signal); // one for every connection
    connection.on('error', () => {}); // a client that hangs up in the middle of something; 'close' follows
    connection.on('close', () => void this[Symbol.asyncDispose]());
    connection.on('request', (accept, reject, name, info) => {
      if (name === 'tcpip-forward') this.#listen(info as TcpipBindInfo, accept, reject);
      else if (name === 'cancel-tcpip-forward') this.#cancel(info as TcpipBindInfo, accept, reject);
      else reject?.();
    });
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const socket = connect({ host: destIP, port: destPort, allowHalfOpen: true, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        join(accept(), socket, { ended: this.#ended.signal });
      });
    });
    // No shell and no commands: a session channel is refused, as an account without them would do.
    connection.on('session', (_accept, reject) => reject());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    const servers = [...this.#listeners.values()];
    this.#listeners.clear();
    await Promise.all(servers.map(close));
  }

  #listen(
    { bindAddr, bindPort }: TcpipBindInfo,
    accept?: (port?: number) => void,
    reject?: () => void,
  ): void {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#forward(socket, bindAddr, (server.address() as AddressInfo).port);
    });
    server.once('error', () => reject?.());
    server.listen(bindPort, bindAddr, () => {
      if (this.#ended.signal.aborted) return void server.close();
      const { port } = server.address() as AddressInfo;
      this.#listeners.set(`${bindAddr}:${port}`, server);
      accept?.(port);
    });
  }

  #forward(socket: Socket, bindAddr: string, port: number): void {
    socket.on('error', () => {}); // the trainer hung up; the relay passes that on
    this.#connection.forwardOut(
      bindAddr,
      port,
      socket.remoteAddress ?? '',
      socket.remotePort ?? 0,
      (error: Error | undefined, channel: ServerChannel) => {
        if (error || this.#ended.signal.aborted) socket.destroy();
        else join(channel, socket, { ended: this.#ended.signal });
      },
    );
  }

  #cancel({ bindAddr, bindPort }: TcpipBindInfo, accept?: () => void, reject?: () => void): void {
    const name = `${bindAddr}:${bindPort}`;
    const server = this.#listeners.get(name);
    this.#listeners.delete(name);
    server?.close(); // stops listening at once; connections that stand may finish
    if (server) accept?.();
    else reject?.();
  }
}

/** Resolves when it listens no more and its connections are gone; also when it was closed before. */
async function close(server: TcpServer): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
