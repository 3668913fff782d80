/**
 * A TCP port on loopback that leads to a Unix socket, for this user alone: the kernel's table of sockets says whose the
 * other end of a connection is. So every client that knows an address and a port, as OSWorld's do, can be used, and the
 * other users of this machine stay outside.
 */

import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { ConnectionOwners } from '../../host/sockets.js';
import { listenOn, type TcpBind } from '../../http/listen.js';
import { relay } from '../../http/relay.js';
import { FreshWork } from '../../lib/once.js';

export interface Door extends AsyncDisposable {
  readonly port: number;
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const REFUSAL =
  'HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n' +
  'This desktop is open to the user alone who started it.\n';

/** Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG. `onClient` hears of every connection that is let in. */
export async function openDoor(
  target: { readonly path: string },
  bind: TcpBind,
  onClient: (client: Socket) => void = () => {},
): Promise<Door> {
  const own = process.getuid?.();
  // Another user can knock thousands of times a second: that costs one look at the tables, not one for each.
  const tables = TABLES.map((table) => new FreshWork(() => readOwners(table)));
  const isOpenTo = async (client: Socket) => (await ownerOf(client, tables)) === own;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    const answered = isOpenTo(client).then((open) => {
      if (open) {
        onClient(client);
        relay(client, { path: target.path });
      } else client.end(REFUSAL, () => client.destroy());
    });
    answered.catch(() => client.destroy());
  });
  return listenOn(server, bind);
}

/** Never rejects. */
async function readOwners(table: string): Promise<ConnectionOwners> {
  return new ConnectionOwners([await readFile(table, 'utf8').catch(() => '')]);
}

/** Null when nobody is there any more: the kernel gives what was closed to root. Never rejects. */
async function ownerOf(
  { remoteAddress, remotePort, localPort }: Socket,
  tables: readonly FreshWork<ConnectionOwners>[],
): Promise<number | null> {
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return null;
  // The kernel walks through all that there may be for each, milliseconds on a large machine: nearly all are in the first.
  for (const table of tables) {
    const owner = (await table.get()).of({ address: remoteAddress, port: remotePort }, localPort);
    if (owner !== null) return owner;
  }
  return null;
}
