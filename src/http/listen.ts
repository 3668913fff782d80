/** Listening, and the end of it: the same for every server of ours, HTTP or not. */
import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { ArpoEnvError } from '../errors.js';
import { listenError } from '../host/ports.js';
import { urlOf } from '../lib/addresses.js';
import { fileError } from '../lib/file-error.js';
import { disposeOnce } from '../lib/once.js';
import { sleep } from '../lib/wait.js';

export interface TcpBind {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

/** Disposing stops listening, cuts the connections that there are, and resolves when none is left. */
export interface Listening extends AsyncDisposable {
  readonly port: number;
}

/** Resolves when it listens. Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG. */
export async function listenOn(server: Server, { host, port }: TcpBind): Promise<Listening> {
  const connections = connectionsOf(server);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw await listenError(error, host, port);
  }
  return {
    port: (server.address() as AddressInfo).port,
    ...disposeOnce(() => endServer(server, connections)),
  };
}

/** sun_path of sockaddr_un, less one: 107 on Linux, 103 elsewhere (unix(7)). */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

/**
 * On a unix socket of this user's alone (0600); a file that a dead process left there is replaced, and disposing removes
 * it. Throws E_CONFIG or E_NO_PERMISSION.
 */
export async function listenOnFile(server: Server, path: string): Promise<AsyncDisposable> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `${path} is too long for a unix socket (${LONGEST_PATH} bytes at most)`,
      fix: 'keep the state in a folder with a shorter path: ARPO_ENV_STATE_DIR=~/.arpo-env',
    });
  }
  const connections = connectionsOf(server);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(path, { force: true }); // of a process that had our pid and was killed
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, 0o600);
  } catch (error) {
    server.close();
    throw fileError(error, path);
  }
  return disposeOnce(() => endServer(server, connections)); // closing removes the file too
}

/** Those that were upgraded too, which Node's own `closeAllConnections` leaves. */
function connectionsOf(server: Server): Set<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

async function endServer(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of connections) socket.destroy();
  await closed;
}

/** Resolves with its URL from this machine. Throws as `listenOn`; the app is closed then. */
export async function listenWith(app: FastifyInstance, { host, port }: TcpBind): Promise<URL> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw await listenError(error, host, port);
  }
  const { address, port: actual } = app.server.address() as AddressInfo;
  return urlOf(address, actual);
}

/** Answers under way get `graceMs` to be read; a client that does not read its own is cut off then. */
export async function closeApp(app: FastifyInstance, graceMs: number): Promise<void> {
  const closed = new AbortController();
  const cutOff = sleep(graceMs, closed.signal).then(
    () => app.server.closeAllConnections(),
    () => undefined,
  );
  await app.close();
  closed.abort();
  await cutOff;
}

/** The port itself when it is free, a free one for 0: for a program that cannot say who holds it. Throws as `listenOn`. */
export async function reservePort(bind: TcpBind): Promise<number> {
  await using listening = await listenOn(createServer(), bind);
  return listening.port;
}
