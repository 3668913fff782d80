/** Listening, and the end of it: the same for every server of ours, HTTP or not. */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { ArpoEnvError } from '../errors.js';
import { listenError } from '../host/ports.js';
import { socketUrl, urlOf } from '../lib/addresses.js';
import { fileError } from '../lib/file-error.js';
import { makeFolder } from '../lib/make-folder.js';
import { disposeOnce } from '../lib/once.js';
import { sleep } from '../lib/wait.js';

export interface TcpBind {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

/** A unix socket. */
export interface SocketBind {
  /** Its path. */
  socket: string;
}

/** Where a server listens. */
export type Bind = TcpBind | SocketBind;

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

/**
 * On a unix socket of this user's alone (0600); a file that a dead process left there is replaced, and disposing removes
 * it. Throws E_CONFIG or E_NO_PERMISSION.
 */
export async function listenOnFile(server: Server, path: string): Promise<AsyncDisposable> {
  const connections = connectionsOf(server);
  try {
    await onSocketFile(path, async () => {
      server.listen(path);
      await once(server, 'listening');
    });
  } catch (error) {
    server.close();
    throw error;
  }
  return disposeOnce(() => endServer(server, connections)); // closing removes the file too
}

/** On either; resolves with what leads there from this machine. `protocol`: of the URL. Throws as the two above. */
export async function listenAt(
  server: Server,
  bind: Bind,
  protocol = 'http',
): Promise<AsyncDisposable & { readonly url: URL }> {
  if ('socket' in bind) {
    return { url: socketUrl(bind.socket, protocol), ...(await listenOnFile(server, bind.socket)) };
  }
  const { port, ...end } = await listenOn(server, bind);
  return { url: urlOf(bind.host, port, protocol), ...end };
}

/** sun_path of sockaddr_un, less one: 107 on Linux, 103 elsewhere (unix(7)). */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

async function onSocketFile(path: string, listen: () => Promise<unknown>): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `${path} is too long for a unix socket (${LONGEST_PATH} bytes at most)`,
      fix: 'keep the state in a folder with a shorter path: ARPO_ENV_STATE_DIR=~/.arpo-env',
    });
  }
  try {
    await makeFolder(dirname(path), 0o700);
    await rm(path, { force: true }); // of a process that had our pid and was killed
    await listen();
    await chmod(path, 0o600);
  } catch (error) {
    throw fileError(error, path);
  }
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

/** Resolves with its URL from this machine. Throws as `listenAt`; the app is closed then. */
export async function listenWith(app: FastifyInstance, bind: Bind): Promise<URL> {
  try {
    if ('socket' in bind) {
      const path = bind.socket;
      await onSocketFile(path, () => app.listen({ path }));
      return socketUrl(path);
    }
    await app.listen(bind).catch(async (error: unknown) => {
      throw await listenError(error, bind.host, bind.port);
    });
  } catch (error) {
    await app.close();
    throw error;
  }
  const { address, port } = app.server.address() as AddressInfo;
  return urlOf(address, port);
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
