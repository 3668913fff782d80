/** Passing the bytes of connections on unchanged: a port that leads to a unix socket, or the reverse. */
import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** Not yet listening. A connection whose target cannot be reached is closed. */
export function relayTo(target: NetConnectOpts): Server {
  return createServer({ allowHalfOpen: true }, (client) => void relay(client, target));
}

/** One connection of such a server, which lets each direction end by itself (`allowHalfOpen`). Returns that to the target. */
export function relay(client: Socket, target: NetConnectOpts): Socket {
  const server = createConnection({ ...target, allowHalfOpen: true });
  join(client, server);
  return server;
}

/** What comes from the one goes to the other, until both are closed. */
export function join(client: Socket, server: Socket): void {
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => other.destroy());
    // What has been read is still delivered.
    one.once('close', () => other.destroySoon());
    one.pipe(other);
  }
}
