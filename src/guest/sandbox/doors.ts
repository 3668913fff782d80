/** The doors of one desktop: a port of loopback for each Unix socket that its agent listens on. */
import { z } from 'zod';
import { urlOf } from '../../lib/addresses.js';
import { StartedParts } from '../../lib/once.js';
import { openDoor } from './door.js';
import { holdSocket } from './sockets.js';

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
}

export interface Doors extends AsyncDisposable {
  readonly urls: Readonly<Record<'agent' | 'cdp' | 'watch', URL> & Record<'vnc' | 'vlc', URL | null>>;
}

/** Throws E_PORT_IN_USE, E_NO_PERMISSION or E_CONFIG; no door is open then. */
export async function openDoors({ listening, root, host, ports = {} }: DoorsOptions): Promise<Doors> {
  const parts = new StartedParts();
  const open = async (name: Name, text: string): Promise<URL> => {
    const url = new URL(text);
    const socket = parts.add(await holdSocket(root + decodeURIComponent(url.hostname)));
    const door = parts.add(await openDoor(socket.path, { host, port: ports[name] ?? 0 }));
    const leading = urlOf(host, door.port, url.protocol.slice(0, -PROTOCOL.length));
    return new URL(url.pathname + url.search, leading);
  };
  const openIfAny = async (name: Name, text: string | null) => (text === null ? null : open(name, text));
  try {
    const { agent, cdp, watch, vnc, vlc } = listening;
    return {
      urls: {
        agent: await open('agent', agent),
        cdp: await open('cdp', cdp),
        watch: await open('watch', watch),
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
