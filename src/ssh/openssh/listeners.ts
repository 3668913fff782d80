/** Forwards of the system's ssh: each comes out at a unix socket of ours, whose connections are handed on. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  addressName,
  type CallLimits,
  type Incoming,
  isUnixSocket,
  type RemoteAddress,
  type TunnelChannel,
} from '../connection/connection.js';
import { forwardSpec, type MuxClient } from './client.js';
import type { Master } from './master.js';

interface Listener {
  /** As the server got it: a port of 0 has its number here. */
  at: RemoteAddress;
  spec: string;
  server: Server;
  /** Connections whose origin the log has not told yet, and origins whose connection has not come yet. */
  waiting: Socket[];
  origins: string[];
}

export class MuxListeners implements Disposable {
  readonly #listeners: Listener[] = [];
  #handler: ((incoming: Incoming) => void) | null = null;
  readonly #folder: string;
  readonly #client: MuxClient;

  constructor(folder: string, client: MuxClient, master: Master) {
    this.#folder = folder;
    this.#client = client;
    // Where a connection comes from is in the log alone, in the order in which they come.
    master.onLine((line) => {
      const [, bind = '', port, origin] =
        /client_request_forwarded_tcpip: listen (\S*) port (\d+), originator (\S+) port/.exec(line) ?? [];
      const listener = this.#listeners.find(
        ({ at }) => at.port === Number(port) && asAsked(at.bind) === bind,
      );
      if (origin === undefined || listener === undefined) return;
      listener.origins.push(origin);
      this.#pair(listener);
    });
  }

  async listen(at: RemoteAddress, limits: CallLimits): Promise<number> {
    // A forward that failed stays in the master's table: the same address must go on leading to the same socket.
    const listener = this.#find(at) ?? (await this.#open(at));
    const printed = await this.#client.control('forward', listener.spec, limits);
    if (at.port === 0 && !isUnixSocket(at)) listener.at = { ...at, port: Number(printed) };
    return listener.at.port;
  }

  async unlisten(at: RemoteAddress, limits: CallLimits): Promise<void> {
    const listener = this.#find(at);
    if (listener === undefined) throw new Error(`nothing listens on ${addressName(at)}`);
    await this.#client.control('cancel', listener.spec, limits);
  }

  onIncoming(handler: (incoming: Incoming) => void): Disposable {
    this.#handler = handler;
    return {
      [Symbol.dispose]: () => {
        this.#handler = null;
      },
    };
  }

  /** Connections that stand are not cut. */
  [Symbol.dispose](): void {
    for (const { server, waiting } of this.#listeners.splice(0)) {
      for (const socket of waiting) socket.destroy();
      server.close();
    }
  }

  #find({ bind, port }: RemoteAddress): Listener | undefined {
    return this.#listeners.find(({ at }) => at.bind === bind && at.port === port);
  }

  async #open(at: RemoteAddress): Promise<Listener> {
    const path = join(this.#folder, `forward-${this.#listeners.length + 1}`);
    const server = createServer({ allowHalfOpen: true });
    server.listen(path);
    await once(server, 'listening');
    const listener: Listener = {
      at: { ...at },
      spec: forwardSpec(at, path),
      server,
      waiting: [],
      origins: [],
    };
    server.on('connection', (socket) => {
      socket.on('error', () => {}); // shows as its close
      listener.waiting.push(socket);
      this.#pair(listener);
    });
    this.#listeners.push(listener);
    return listener;
  }

  #pair(listener: Listener): void {
    const { at, waiting, origins } = listener;
    while (waiting.length > 0 && (isUnixSocket(at) || origins.length > 0)) {
      const socket = waiting.shift();
      const from = isUnixSocket(at) ? null : (origins.shift() ?? null);
      if (socket === undefined) return;
      const reject = () => void socket.destroy();
      if (this.#handler === null) reject();
      else this.#handler({ to: at, from, accept: () => asChannel(socket), reject });
    }
  }
}

/** How ssh asks for it, and so how the server calls it (channel_rfwd_bind_host in OpenSSH's channels.c). */
function asAsked(bind: string): string {
  return bind === '*' ? '' : bind;
}

function asChannel(socket: Socket): TunnelChannel {
  return Object.assign(socket, {
    eof: () => void socket.end(),
    close: () => void socket.destroy(),
  });
}
