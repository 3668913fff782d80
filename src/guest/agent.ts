/**
 * The guest agent: OSWorld's in-guest HTTP API (guest-api.md) over a machine. What the machine is, a practice desktop or
 * an X11 display, the routes do not know. Unlike the original it listens on loopback, limits bodies, and no request waits
 * for another.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import { type Bind, listenWith } from '../http/listen.js';
import { isOwnName, isSameOrigin } from '../http/same-origin.js';
import { HttpPage, useFlaskManners } from './flask.js';
import { GuestError, type GuestMachine } from './machine.js';
import { downloadRoutes } from './routes/download.js';
import { executeRoutes } from './routes/execute.js';
import { fileRoutes } from './routes/files.js';
import { recordingRoutes } from './routes/recording.js';
import type { RouteContext } from './routes/route.js';
import { runPythonRoutes } from './routes/run-python.js';
import { screenRoutes } from './routes/screen.js';
import { scriptRoutes } from './routes/scripts.js';
import { uploadRoutes } from './routes/upload.js';
import { wallpaperRoutes } from './routes/wallpaper.js';
import { windowRoutes } from './routes/windows.js';

export interface GuestAgentOptions {
  /** The machine there is now; asked at every request. */
  machine: () => GuestMachine;
  /** Default: any free port on 127.0.0.1, as nothing here asks for a password. */
  bind?: Bind;
  /** A request waits here before it is handled; a paused desktop holds it. Default: no wait. */
  gate?: () => Promise<void>;
  /** A line for the machine's log: verb, path, status and time; never bodies, they may hold passwords. */
  log?: (line: string) => void;
}

export interface GuestAgent extends AsyncDisposable {
  readonly url: URL;
}

/** Of every body but an upload. */
const BODY_LIMIT_BYTES = 16 * 1024 ** 2;
const ROUTES = [
  ...[executeRoutes, scriptRoutes, screenRoutes, wallpaperRoutes, windowRoutes, recordingRoutes],
  ...[fileRoutes, uploadRoutes, downloadRoutes, runPythonRoutes],
];

/** Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG when the address cannot be listened on. */
export async function startGuestAgent(options: GuestAgentOptions): Promise<GuestAgent> {
  const { bind = { host: '127.0.0.1', port: 0 } } = options;
  const stopped = new AbortController();
  const app = Fastify({ forceCloseConnections: true, bodyLimit: BODY_LIMIT_BYTES });
  useFlaskManners(app);
  refuseForeignPages(app, bind);
  observe(app, options);
  const context: RouteContext = { machine: options.machine, signal: stopped.signal };
  for (const routes of ROUTES) routes(app, context);

  const stop = async () => {
    stopped.abort(new GuestError('the agent was stopped'));
    await app.close();
  };
  const url = await listenWith(app, bind);
  return { url, [Symbol.asyncDispose]: stop };
}

/**
 * Clients of the agent are programs, which send no Origin; a web page open on the same machine must not act through it. To
 * a socket leads a door of this machine's own, which nobody has to call by a name.
 */
function refuseForeignPages(app: FastifyInstance, bind: Bind): void {
  const listening = 'socket' in bind ? 'localhost' : bind.host;
  app.addHook('onRequest', async ({ headers }) => {
    const isForeign = headers.origin !== undefined && !isSameOrigin(headers, [listening]);
    const isNamed = 'socket' in bind && headers.host !== undefined && !isOwnName(headers.host, [listening]);
    if (isForeign || isNamed) throw new HttpPage(403);
  });
}

function observe(app: FastifyInstance, { gate, log }: GuestAgentOptions): void {
  if (gate) app.addHook('onRequest', gate);
  if (!log) return;
  app.addHook('onResponse', async (request, reply) => {
    log(`${request.method} ${request.url} ${reply.statusCode} ${reply.elapsedTime.toFixed(1)} ms`);
  });
}
