/**
 * noVNC, a VNC viewer in a web page, on the page where a person watches: its files as the distribution installs them, and
 * the WebSocket over which it speaks RFB.
 */
import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { type Page, refuseUpgrade, type Upgrade } from '../../../http/loopback-server.js';
import { isSameOrigin } from '../../../http/same-origin.js';
import type { MoreToWatch } from '../../watch-page.js';
import { isFile } from '../executables.js';
import { NOVNC } from '../requirements.js';
import type { VncServer } from './server.js';

/** The page with mouse and keyboard, relative to the watch page; settings of noVNC's docs/EMBEDDING.md. */
export const INTERACTIVE_PAGE = 'vnc.html?autoconnect=1&resize=scale&reconnect=1';
const WEBSOCKET_PATH = '/websockify';
/** A viewer sends keys, clicks and its clipboard. */
const MESSAGE_LIMIT_BYTES = 4 * 1024 ** 2;
/** Browsers run scripts and apply styles only of the right type. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.oga': 'audio/ogg',
  '.mp3': 'audio/mpeg',
};

export interface NoVnc extends MoreToWatch {
  /** Whether noVNC is installed: without it there are pictures only. */
  readonly isInteractive: boolean;
}

/** `listening`: the address of the watch page; `folder`: where noVNC is installed. */
export async function noVnc(
  vnc: VncServer,
  { listening, folder = NOVNC.folder }: { listening: string; folder?: string },
): Promise<NoVnc> {
  const isInteractive = await isFile(join(folder, 'vnc.html'));
  return {
    isInteractive,
    note: isInteractive
      ? `Pictures only. <a href="${INTERACTIVE_PAGE}">Take over with mouse and keyboard</a>`
      : `Pictures only. For mouse and keyboard in this page: apt-get install ${NOVNC.debianPackage}, or use a VNC viewer: ${vnc.url.host}`,
    page: (path) => (isInteractive ? fileOf(folder, path) : Promise.resolve(null)),
    upgrade: bridge(vnc, listening),
  };
}

/** Null for what is not in the folder, wherever the path's dots and links lead. */
async function fileOf(folder: string, path: string): Promise<Page | null> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, decodeURIComponent(path)));
    if (!file.startsWith(root + sep)) return null;
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    return { status: 200, type, body: await readFile(file) };
  } catch {
    return null;
  }
}

function bridge(vnc: VncServer, listening: string): Upgrade {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT_BYTES });
  return (request, socket, head) => {
    if ((request.url ?? '').split('?')[0] !== WEBSOCKET_PATH) {
      return refuseUpgrade(socket, '404 Not Found', `the WebSocket is ${WEBSOCKET_PATH}`);
    }
    if (!isSameOrigin(request.headers, [listening])) {
      return refuseUpgrade(
        socket,
        '403 Forbidden',
        'only a page of this server may drive the desktop: open it by IP address or as localhost',
      );
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const viewer = createWebSocketStream(client);
      // By itself the stream stays open when the connection breaks.
      client.once('close', () => viewer.destroy());
      vnc.serve(viewer);
    });
  };
}
