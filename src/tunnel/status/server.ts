/** A running tunnel told to this machine: its status on a unix socket of its user's alone, its metrics there and on loopback. */
import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { listenError } from '../../host/ports.js';
import { fileError } from '../../lib/file-error.js';
import type { TunnelStatus } from '../state.js';
import { tunnelMetrics } from './metrics.js';

export interface StatusServerOptions {
  status: () => TunnelStatus;
  /** Made with mode 0600; a file that a dead process left there is replaced. */
  socketPath: string;
  /** A port on 127.0.0.1 that answers /metrics, for Prometheus; 0 takes a free one. Default: none. */
  metricsPort?: number | undefined;
}

/** Disposing stops listening and removes the socket. */
export interface StatusServer extends AsyncDisposable {
  /** Null without a metrics port. */
  readonly metricsUrl: string | null;
}

/** sun_path of sockaddr_un, less one: 107 on Linux, 103 elsewhere (unix(7)). */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;
const LOOPBACK = '127.0.0.1';

/** Throws E_PORT_IN_USE for the metrics port, E_CONFIG or E_NO_PERMISSION for the socket; nothing is left open then. */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const { status, socketPath, metricsPort } = options;
  const metrics = tunnelMetrics(status);
  const onMetrics: RequestListener = async (_request, response) => {
    response.setHeader('content-type', metrics.contentType).end(await metrics.metrics());
  };
  const onStatus: RequestListener = (request, response) => {
    if (request.url === '/metrics') return onMetrics(request, response);
    if (request.url !== '/status') return response.writeHead(404).end();
    response.setHeader('content-type', 'application/json').end(JSON.stringify(status()));
  };
  const socket = await listenOnSocket(socketPath, onStatus);
  let port: Server | null = null;
  const stop = async () => {
    await Promise.all([socket, ...(port ? [port] : [])].map(close)); // closing removes the socket's file too
  };
  try {
    if (metricsPort !== undefined) port = await listenOnPort(metricsPort, onMetrics);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    metricsUrl: port && `http://${LOOPBACK}:${(port.address() as AddressInfo).port}/metrics`,
    [Symbol.asyncDispose]: stop,
  };
}

async function listenOnSocket(path: string, listener: RequestListener): Promise<Server> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `${path} is too long for a unix socket (${LONGEST_PATH} bytes at most)`,
      fix: 'keep the state in a folder with a shorter path: ARPO_ENV_STATE_DIR=~/.arpo-env',
    });
  }
  const server = createServer(listener);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rm(path, { force: true }); // of a process that had our pid and was killed
    server.listen(path);
    await once(server, 'listening');
    await chmod(path, 0o600);
    return server;
  } catch (error) {
    server.close();
    throw fileError(error, path);
  }
}

async function listenOnPort(port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return server;
  } catch (error) {
    throw await listenError(error, LOOPBACK, port);
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
