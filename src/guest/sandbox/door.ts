/**
 * A TCP port on loopback that leads to a Unix socket, for this user alone: the kernel's table of sockets says whose the
 * other end of a connection is. So every client that knows an address and a port, as OSWorld's do, can be used, and the
 * other users of this machine stay outside.
 */

import { readFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { ConnectionOwners } from '../../host/sockets.js';
import { listenOn, type TcpBind } from '../../http/listen.js';
import { FreshWork } from '../../lib/once.js';

export interface Door extends AsyncDisposable {
  readonly port: number;
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const REFUSAL =
  'HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n' +
  'This desktop is open to the user alone who started it.\n';

/** `path`: the socket. Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG. */
export async function openDoor(path: string, bind: TcpBind): Promise<Door> {
  const own = process.getuid?.();
  // Another user can knock thousands of times a second: that costs one look at the tables, not one for each.
  const owners = new FreshWork(readOwners);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    void owners.get().then((known) => {
      if (ownerOf(client, known) === own) lead(client, path);
      else client.end(REFUSAL, () => client.destroy());
    });
  });
  return listenOn(server, bind);
}

/** Never rejects. */
async function readOwners(): Promise<ConnectionOwners> {
  const tables = TABLES.map((table) => readFile(table, 'utf8').catch(() => ''));
  return new ConnectionOwners(await Promise.all(tables));
}

/** Null when nobody is there any more: the kernel gives what was closed to root. */
function ownerOf(client: Socket, owners: ConnectionOwners): number | null {
  const { remoteAddress, remotePort, localPort } = client;
  if (remoteAddress === undefined || remotePort === undefined || localPort === undefined) return null;
  return owners.of({ address: remoteAddress, port: remotePort }, localPort);
}

function lead(client: Socket, path: string): void {
  const inside = createConnection({ path, allowHalfOpen: true });
  inside.on('error', () => client.destroy());
  client.on('close', () => inside.destroy());
  inside.on('close', () => client.destroy());
  client.pipe(inside);
  inside.pipe(client);
}
