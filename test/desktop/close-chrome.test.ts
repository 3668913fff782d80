import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { closeChrome, endsChrome } from '../../src/desktop/close-chrome.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type FixtureGuest, fixtureGuest, setupContext } from './setup/fixture-guest.js';

describe('endsChrome', () => {
  it.each([['pkill', 'chrome'], 'pkill chrome', 'pkill -f google-chrome', ['killall', '-TERM', 'chrome']])(
    'is told by %j',
    (command) => expect(endsChrome(command)).toBe(true),
  );

  it.each([['pkill', '-9', 'chrome'], 'pkill vlc', 'google-chrome', 'pkill chrome; ls', ['pkill']])(
    'is not by %j',
    (command) => expect(endsChrome(command)).toBe(false),
  );
});

/** A Chrome with these pages, over real HTTP, that says what it is told. */
async function fakeChrome(pages: object[]) {
  const told: unknown[] = [];
  const server = createServer(({ url, headers }, response) => {
    const version = { webSocketDebuggerUrl: `ws://${headers.host}/devtools/browser/1` };
    response.end(JSON.stringify(url === '/json/version' ? version : pages));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (text) => {
      told.push(JSON.parse(String(text)));
      socket.close();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cdp = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stop = async () => {
    sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { told, cdp, [Symbol.asyncDispose]: stop };
}

function contextOf(guest: FixtureGuest, cdp: URL, folder: string, progress: string[]) {
  const context = setupContext(guest, folder, progress);
  return { ...context, endpoints: { ...context.endpoints, cdp } };
}

describe('closeChrome', () => {
  const executed = (returncode: number) => ({
    json: { status: 'success', output: '', error: '', returncode },
  });

  it('asks it to close, and waits until none runs', async () => {
    await using chrome = await fakeChrome([{ type: 'page' }]);
    await using guest = await fixtureGuest({ '/execute': (_request, count) => executed(count < 3 ? 0 : 1) });
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    await closeChrome(contextOf(guest, chrome.cdp, folder.path, progress));
    expect(chrome.told).toEqual([{ id: 1, method: 'Browser.close' }]);
    expect(guest.requests).toHaveLength(3);
    expect(progress).toEqual([]);
  });

  it('leaves a port alone behind which no page is open: who attaches might start a browser', async () => {
    await using chrome = await fakeChrome([]);
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    await closeChrome(contextOf(guest, chrome.cdp, folder.path, []));
    expect([chrome.told, guest.requests]).toEqual([[], []]);
  });

  it('tells why it could not, and leaves it to the signal', async () => {
    const { cdp, ...gone } = await fakeChrome([]);
    await gone[Symbol.asyncDispose]();
    await using guest = await fixtureGuest();
    using folder = new TemporaryFolder();
    const progress: string[] = [];
    await closeChrome(contextOf(guest, cdp, folder.path, progress));
    expect(progress).toEqual([expect.stringMatching(/^Chrome cannot be closed in order .*ECONNREFUSED/)]);
  });
});
