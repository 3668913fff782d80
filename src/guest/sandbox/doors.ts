/** The doors of one desktop: a port of loopback for each Unix socket that its agent listens on. */
import type { Socket } from 'node:net';
import { z } from 'zod';
import { urlOf } from '../../lib/addresses.js';
import { StartedParts } from '../../lib/once.js';
import { openDoor } from './door.js';
import { type HeldSocket, holdSocket } from './sockets.js';

const PROTOCOL = '+unix:';
const socketUrl = z.url().refine((text) => new URL(text).protocol.endsWith(PROTOCOL), 'is not a unix socket');

/** The first line on an agent's stdout, with `--sockets`: `http+unix://%2Frun%2Fdesktop%2Fagent/`. */
export const listeningSchema = z.object({
  agent: socketUrl,
  cdp: socketUrl,
  /** The page on which a person watches: this URL's path and query. */
  watch: socketUrl,
  /** Null without a VNC server. */
  vnc: socketUrl.nullable(),
  /** VLC's HTTP interface; null where its port is not the desktop's own. */
  vlc: socketUrl.nullable(),
});
export type Listening = z.output<typeof listeningSchema>;
type Name = keyof Listening;

export interface DoorsOptions {
  /** Where the agent listens. */
  listening: Listening;
  /** Put before a path of the desktop it makes the path under which this process sees it. */
  root: string;
  /** Address of the ports. */
  host: string;
  /** Default 0 each: any free one. */
  ports?: Partial<Record<Name, number>>;
  /** Hears of every connection of somebody who watches. */
  onWatcher?: (client: Socket) => void;
}

export interface Doors extends AsyncDisposable {
  readonly urls: Readonly<Record<'agent' | 'cdp' | 'watch', URL> & Record<'vnc' | 'vlc', URL | null>>;
  /** What the agent's door leads to: the shorter way, for this process. */
  readonly agentSocket: HeldSocket;
}

/** Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG; no door is open then. */
export async function openDoors(options: DoorsOptions): Promise<Doors> {
  const { listening, root, host, ports = {}, onWatcher } = options;
  const parts = new StartedParts();
  const hold = async (text: string) =>
    parts.add(await holdSocket(root + decodeURIComponent(new URL(text).hostname)));
  const open = async (name: Name, text: string, socket: HeldSocket): Promise<URL> => {
    const url = new URL(text);
    const onClient = name === 'watch' || name === 'vnc' ? onWatcher : undefined;
    const door = parts.add(await openDoor(socket, { host, port: ports[name] ?? 0 }, onClient));
    const leading = urlOf(host, door.port, url.protocol.slice(0, -PROTOCOL.length));
    return new URL(url.pathname + url.search, leading);
  };
  const openIfAny = async (name: Name, text: string | null) =>
    text === null ? null : open(name, text, await hold(text));
  try {
    const { agent, cdp, watch, vnc, vlc } = listening;
    const agentSocket = await hold(agent);
    return {
      agentSocket,
      urls: {
        agent: await open('agent', agent, agentSocket),
        cdp: await open('cdp', cdp, await hold(cdp)),
        watch: await open('watch', watch, await hold(watch)),
        vnc: await openIfAny('vnc', vnc),
        vlc: await openIfAny('vlc', vlc),
      },
      [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
    };
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
}
