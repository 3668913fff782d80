/** A running tunnel told to this machine: its status on a unix socket of its user's alone, its metrics there and on loopback. */
import { createServer, type RequestListener } from 'node:http';
import { listenOn, listenOnFile } from '../../http/listen.js';
import { StartedParts } from '../../lib/once.js';
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
  const parts = new StartedParts();
  try {
    parts.add(await listenOnFile(createServer(onStatus), socketPath));
    let metricsUrl: string | null = null;
    if (metricsPort !== undefined) {
      const bind = { host: LOOPBACK, port: metricsPort };
      const { port } = parts.add(await listenOn(createServer(onMetrics), bind));
      metricsUrl = `http://${LOOPBACK}:${port}/metrics`;
    }
    return { metricsUrl, [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose]() };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}
