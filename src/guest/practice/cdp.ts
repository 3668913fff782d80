/** Chrome's CDP of a desktop without a browser: its HTTP side answers as Chrome does, with no page to attach to. */
import { randomUUID } from 'node:crypto';
import {
  type ListenAt,
  type LoopbackServer,
  type Page,
  startLoopbackServer,
  textPage,
} from '../../http/loopback-server.js';

const VERSION = {
  Browser: 'Chrome/0.0.0.0 (arpo-env practice desktop)',
  'Protocol-Version': '1.3',
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) arpo-env practice desktop',
  'V8-Version': '0.0',
  'WebKit-Version': '537.36',
};

export function startCdp(gate: () => Promise<void>, at?: ListenAt): Promise<LoopbackServer> {
  const browser = randomUUID();
  return startLoopbackServer(
    (path, self) => {
      switch (path.replace(/\/$/, '')) {
        case '/json/version':
          return json({ ...VERSION, webSocketDebuggerUrl: `ws://${self.host}/devtools/browser/${browser}` });
        case '/json':
        case '/json/list':
          return json([]);
        default:
          return textPage(404, 'the practice desktop has no browser\n');
      }
    },
    gate,
    at,
  );
}

function json(value: unknown): Page {
  return { status: 200, type: 'application/json; charset=UTF-8', body: JSON.stringify(value, null, 2) };
}
