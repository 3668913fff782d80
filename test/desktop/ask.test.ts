import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { ask, askJson } from '../../src/desktop/ask.js';
import { withChrome } from '../../src/desktop/cdp.js';

/** What speaks in the agent's or Chrome's place, byte by byte. `path`: default a port. */
async function impostor(speak: (client: Socket) => void, path?: string) {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined).once('data', () => speak(client));
  });
  server.listen(path === undefined ? { host: '127.0.0.1', port: 0 } : { path });
  await once(server, 'listening');
  const { port } = (path === undefined ? server.address() : { port: 0 }) as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    clients,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const CHANGE = 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n';
const redirect = (status: number, to: string) =>
  `HTTP/1.1 ${status} There\r\nlocation: ${to}\r\ncontent-length: 0\r\n\r\n`;
const answer = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const signal = new AbortController().signal;

describe('what answers in an agent’s place', () => {
  it.each(['', answer('{}')])('may not change the protocol, whatever follows (%j)', async (rest) => {
    await using guest = await impostor((client) => client.write(CHANGE + rest));
    const agent = new AgentClient(guest.url);
    const refused = { code: 'E_AGENT_UNREACHABLE', message: expect.stringContaining('changes the protocol') };
    await expect(agent.execute('true')).rejects.toMatchObject(refused);
    await expect(agent.file('/a')).rejects.toMatchObject(refused);
  });

  it.each([301, 302, 307, 308])('leads nowhere else by a %i', async (status) => {
    await using other = await impostor((client) => client.end(answer('{"output": "of another desktop"}')));
    await using guest = await impostor((client) => client.end(redirect(status, other.url.href)));
    const agent = new AgentClient(guest.url);
    const refused = { code: 'E_AGENT_FAILED', message: expect.stringContaining(` with ${status}`) };
    await expect(agent.file('/a')).rejects.toMatchObject(refused);
    await expect(agent.terminalOutput()).rejects.toMatchObject(refused);
    await expect(agent.execute('true')).rejects.toMatchObject(refused);
    expect(other.clients.size).toBe(0);
  });

  it('is heard so long and no longer', async () => {
    await using guest = await impostor((client) => {
      const more = (): unknown => client.writable && client.write('x'.repeat(65_536), more);
      client.write('HTTP/1.1 200 OK\r\n\r\n', more);
    });
    await expect(ask(guest.url, { timeoutMs: 10_000, largest: 2 ** 20 })).rejects.toThrow(
      'its answer is larger than 1 MB',
    );
  });

  it('may not come byte by byte', async () => {
    const bytes = '1\r\nx\r\n'.repeat(20_000);
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    await using guest = await impostor((client) => client.end(`${head}${bytes}0\r\n\r\n`));
    const refused = {
      code: 'E_AGENT_UNREACHABLE',
      message: expect.stringContaining('pieces of a few bytes'),
    };
    await expect(new AgentClient(guest.url).execute('true')).rejects.toMatchObject(refused);
  });

  it('holds nobody up with millions of values', async () => {
    const body = answer(
      `{"output": "", "error": "", "returncode": 0, "more": [${'{},'.repeat(1_100_000)}0]}`,
    );
    await using guest = await impostor((client) => client.end(body));
    await expect(new AgentClient(guest.url).execute('true')).rejects.toMatchObject({
      code: 'E_AGENT_FAILED',
      message: expect.stringContaining('more JSON than any task asks for'),
    });
    await expect(askJson(guest.url, z.unknown(), { timeoutMs: 10_000, signal })).rejects.toThrow(
      'is not what',
    );
  });
});

describe('what answers in Chrome’s place', () => {
  const limits = { signal, timeoutMs: 1000, attempts: 1 };
  const nothing = async () => expect.fail('there is no Chrome');

  it('leads to no Unix socket of this machine', async () => {
    const path = `/tmp/arpo-env-test-${process.pid}.sock`;
    await using other = await impostor((client) => client.end(answer('x')), path);
    const version = JSON.stringify({ webSocketDebuggerUrl: `ws+unix://${path}:/info` });
    await using guest = await impostor((client) => client.end(answer(version)));
    await expect(withChrome(guest.url, limits, nothing)).rejects.toMatchObject({
      code: 'E_CHROME_UNREACHABLE',
    });
    expect(other.clients.size).toBe(0);
  });

  it('leads to no other Chrome', async () => {
    await using other = await impostor((client) => client.end(answer('x')));
    await using guest = await impostor((client) => {
      const again = guest.clients.size > 1;
      const version = JSON.stringify({ webSocketDebuggerUrl: 'ws://127.0.0.1:1337/devtools/browser/1' });
      client.end(again ? redirect(302, `ws://${other.url.host}/devtools/browser/1`) : answer(version));
    });
    await expect(withChrome(guest.url, limits, nothing)).rejects.toMatchObject({
      code: 'E_CHROME_UNREACHABLE',
      message: expect.stringContaining('Unexpected server response: 302'),
    });
    expect([guest.clients.size, other.clients.size]).toEqual([2, 0]);
  });
});
