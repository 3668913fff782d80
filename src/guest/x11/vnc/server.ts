/** VNC, so that a person can watch and take over: x11vnc runs as long as somebody does. */
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Bind, listenAt } from '../../../http/listen.js';
import { GuestError } from '../../machine.js';
import { endsWithin } from '../ends-within.js';
import type { Session } from '../session.js';

/**
 * For x11vnc to see that its viewer is gone and to put the keyboard's settings back. SIGTERM would not do: its handler
 * asks the X server, and hangs for ever when the signal came in the middle of another question.
 */
const GRACE_MS = 3000;

export interface VncServer extends AsyncDisposable {
  readonly url: URL;
  /** Speaks RFB with another viewer than those of its port, until either side ends. Takes over the stream. */
  serve(viewer: Duplex): void;
}

/** Throws as `listenAt`, and GuestError when x11vnc is not installed. */
export async function startVnc(
  { processes, environment }: Pick<Session, 'processes' | 'environment'>,
  { bind, log }: { bind: Bind; log(line: string): void },
): Promise<VncServer> {
  if ((await processes.find('x11vnc')) === null) {
    throw new GuestError('x11vnc is not installed: apt-get install x11vnc');
  }
  const viewers = new Set<Duplex>();
  const attach = async (viewer: Duplex) => {
    viewers.add(viewer);
    viewer.once('close', () => viewers.delete(viewer));
    viewer.on('error', () => viewer.destroy());
    // x11vnc takes the one connection that it finds on its stdin, as from inetd.
    const command = ['x11vnc', '-inetd', '-q', '-nopw', '-shared', '-display', environment.DISPLAY ?? ''];
    const server = await processes.start(['sh', '-c', 'exec "$@" <&3 >&3', 'x11vnc', ...command], {
      extraPipe: true,
    });
    const end = async () => {
      server.extra?.destroy();
      if ((await endsWithin(server.ended, GRACE_MS)) === null) server.kill('SIGKILL');
    };
    viewer.once('close', end);
    void server.ended.then(() => viewer.destroy());
    if (viewer.destroyed || server.extra === null) return end();
    server.extra.on('error', () => viewer.destroy());
    viewer.pipe(server.extra).pipe(viewer);
  };
  const serve = (viewer: Duplex) => {
    attach(viewer).catch((error: Error) => {
      log(`VNC: ${error.message}`);
      viewer.destroy();
    });
  };
  const server = createServer(serve);
  const listening = await listenAt(server, bind, 'vnc');
  return {
    url: listening.url,
    serve,
    async [Symbol.asyncDispose]() {
      for (const viewer of viewers) viewer.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
}
