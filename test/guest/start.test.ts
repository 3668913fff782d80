/** A desktop by hand whose port somebody else has: the fix names that port's flag. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startGuest } from '../../src/guest/start.js';

const taken = createServer();
beforeEach(async () => {
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
});
afterEach(() => {
  taken.close();
});

it.each([
  ['agent', '--port'],
  ['cdp', '--cdp-port'],
  ['watch', '--watch-port'],
])('the port of its %s is chosen by %s', async (name, flag) => {
  const { port } = taken.address() as AddressInfo;
  const starting = startGuest({
    kind: 'sim',
    screen: { width: 640, height: 480 },
    host: '127.0.0.1',
    ports: { agent: 0, cdp: 0, watch: 0, [name]: port },
    signal: new AbortController().signal,
    onLog: () => {},
  });
  await expect(starting).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    fix: `stop that process, or choose another port with ${flag}`,
  });
});
