/**
 * A worker's way to a desktop: three Unix sockets that are seen in its sandbox and lead somewhere while an evaluation lasts,
 * to that evaluation's desktop and to nothing else.
 */
import { chmod } from 'node:fs/promises';
import type { Server as HttpServer } from 'node:http';
import { createServer, type NetConnectOpts, type Socket } from 'node:net';
import { join } from 'node:path';
import type { AgentSocket, DesktopEndpoints } from '../../desktop/endpoints.js';
import { listenOnFile } from '../../http/listen.js';
import { relay } from '../../http/relay.js';
import { StartedParts } from '../../lib/once.js';
import { onAbort } from '../../lib/wait.js';
import { httpRelay, needsHttp } from './door-http.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** The sockets in its folder, by the desktop's endpoint that they lead to. */
const DOOR_SOCKETS = ['agent', 'cdp', 'vlc'] as const;
type Name = (typeof DOOR_SOCKETS)[number];

export interface DoorTarget {
  endpoints: Pick<DesktopEndpoints, Name>;
  /** On which the same agent listens. */
  agentSocket?: AgentSocket | undefined;
  /** Closes it. */
  signal: AbortSignal;
}

/** Disposing closes it and removes its folder. */
export interface Door extends AsyncDisposable {
  /** Folder of the sockets, which this user alone may enter. */
  readonly folder: string;
  /** From now on it leads there; disposing closes all connections. Open to one desktop at a time. */
  open(target: DoorTarget): Disposable;
}

/** At once, of each socket: a client of OSWorld's has a handful, and each costs this process two descriptors. */
const MOST_CONNECTIONS = 64;
/** Who gets through to a socket is decided by its folder. */
const FOR_EVERYBODY = 0o666;

/** Closed at first: whoever connects is cut off. Throws E_NO_PERMISSION, E_DISK_FULL or E_CONFIG. */
export async function makeDoor(): Promise<Door> {
  const parts = new StartedParts();
  let opening: Opening | null = null;
  try {
    const { path: folder } = parts.add(await makeTemporaryFolder());
    for (const name of DOOR_SOCKETS) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
        client.on('error', () => client.destroy());
        if (opening === null) client.destroy();
        else opening.lead(name, client);
      });
      server.maxConnections = MOST_CONNECTIONS;
      const path = join(folder, name);
      parts.add(await listenOnFile(server, path));
      await chmod(path, FOR_EVERYBODY);
    }
    return {
      folder,
      open(target) {
        if (opening !== null) throw new Error('this door is open');
        const own = new Opening(target);
        opening = own;
        const close = () => {
          if (opening === own) opening = null;
          own.close();
        };
        const listener = onAbort(target.signal, close);
        return {
          [Symbol.dispose]() {
            listener[Symbol.dispose]();
            close();
          },
        };
      },
      async [Symbol.asyncDispose]() {
        opening?.close();
        opening = null;
        await parts[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}

/** One evaluation's. */
class Opening {
  readonly #sockets = new Set<Socket>();
  readonly #ways: Record<Name, HttpServer | (() => NetConnectOpts)>;

  constructor({ endpoints, agentSocket }: DoorTarget) {
    const wayTo = (url: URL, isChrome = false) =>
      needsHttp(url) ? httpRelay({ url, isChrome }) : () => addressOf(url);
    this.#ways = {
      // Its path is asked for anew each time: it may lead elsewhere once the desktop is gone.
      agent: agentSocket ? () => ({ path: agentSocket.path }) : wayTo(endpoints.agent),
      cdp: wayTo(endpoints.cdp, true),
      vlc: wayTo(endpoints.vlc),
    };
  }

  lead(name: Name, client: Socket): void {
    this.#keep(client);
    const way = this.#ways[name];
    try {
      // The requests of an HTTP relay end with their client's connection.
      if (typeof way === 'function') this.#keep(relay(client, way()));
      else way.emit('connection', client);
    } catch {
      client.destroy(); // the desktop is gone
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function addressOf({ hostname, port }: URL): NetConnectOpts {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
}
