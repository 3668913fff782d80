/** VNC, so that a person can watch and take over: x11vnc runs as long as somebody does. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GuestError } from '../machine.js';
import type { Session } from './session.js';

export interface VncServer extends AsyncDisposable {
  readonly url: URL;
}

/** Rejects with the system's error when the address cannot be listened on, GuestError when x11vnc is not installed. */
export async function startVnc(
  { processes, environment }: Session,
  { host, port, log }: { host: string; port: number; log(line: string): void },
): Promise<VncServer> {
  if ((await processes.find('x11vnc')) === null) {
    throw new GuestError('x11vnc is not installed: apt-get install x11vnc');
  }
  const sockets = new Set<Socket>();
  const serve = async (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    // x11vnc takes the one connection that it finds on its stdin, as from inetd.
    const command = ['x11vnc', '-inetd', '-q', '-nopw', '-shared', '-display', environment.DISPLAY ?? ''];
    const viewer = await processes.start(['sh', '-c', 'exec "$@" <&3 >&3', 'x11vnc', ...command], {
      extraPipe: true,
    });
    const pipe = viewer.extra as Duplex | null;
    pipe?.on('error', () => socket.destroy());
    socket.pipe(pipe ?? socket.destroy());
    pipe?.pipe(socket);
    socket.once('close', () => viewer.kill('SIGTERM'));
    void viewer.ended.then(() => socket.destroy());
  };
  const server = createServer((socket) => {
    serve(socket).catch((error: Error) => {
      log(`VNC: ${error.message}`);
      socket.destroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: new URL(`vnc://${host}:${(server.address() as AddressInfo).port}/`),
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
