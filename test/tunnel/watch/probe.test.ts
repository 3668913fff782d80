import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Connection, TunnelChannel } from '../../../src/ssh/connection/connection.js';
import { BAD_GATEWAY_HEADER } from '../../../src/tunnel/forward/bad-gateway.js';
import { probe } from '../../../src/tunnel/watch/probe.js';

/** A connection whose server answers each request with `head` and then goes on with a body that never ends. */
function answering(head: string): Connection {
  const open = async () => {
    const channel = new PassThrough();
    channel.write(`${head}\r\n\r\n{`);
    return Object.assign(channel, { eof() {}, close: () => void channel.destroy() }) as TunnelChannel;
  };
  return { open, ended: new AbortController().signal } as Partial<Connection> as Connection;
}

const LISTENER = { bind: '127.0.0.1', port: 15_001 };

it.each([
  ['our own answer', `HTTP/1.1 502 Bad Gateway\r\n${BAD_GATEWAY_HEADER}: local-down`, 'local-down'],
  ['any other answer', 'HTTP/1.1 200 OK', 'ok'],
])('is over in time when %s does not end', async (_what, head, kind) => {
  const result = probe(answering(head), LISTENER, 50, new AbortController().signal);
  await expect(result).resolves.toMatchObject({ kind });
});
