import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Door, openDoor } from '../../../src/guest/sandbox/door.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const MEGABYTE = 1024 ** 2;

let folder: TemporaryFolder;
let agent: Server;
let door: Door;

/** An agent that says how many bytes it was sent; `/large` gives away 50 MB. */
beforeEach(async () => {
  folder = new TemporaryFolder();
  agent = createServer((asked, answer) => {
    let size = 0;
    asked.on('data', (bytes: Buffer) => {
      size += bytes.length;
    });
    asked.on('end', () => {
      if (asked.url !== '/large') answer.end(String(size));
      else answer.end(Buffer.alloc(50 * MEGABYTE));
    });
  });
  const path = join(folder.path, 'agent');
  agent.listen(path);
  await once(agent, 'listening');
  door = await openDoor({ path }, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await door[Symbol.asyncDispose]();
  agent.closeAllConnections();
  agent.close();
  folder[Symbol.dispose]();
});

async function answerTo(path: string, body: Buffer): Promise<IncomingMessage> {
  const sent = request({ port: door.port, path, method: 'POST', agent: false });
  const [answer] = (await Promise.all([once(sent, 'response'), sent.end(body)]))[0] as [IncomingMessage];
  return answer;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  return Buffer.concat(await answer.toArray()).toString();
}

it('200 clients at once are let in', async () => {
  const sizes = Array.from({ length: 200 }, (_, index) => index);
  const answers = await Promise.all(sizes.map((size) => answerTo('/', Buffer.alloc(size))));
  expect(await Promise.all(answers.map(textOf))).toEqual(sizes.map(String));
});

it('100 MB go in whole', { timeout: 60_000 }, async () => {
  const sent = request({ port: door.port, method: 'POST' });
  const answered = once(sent, 'response');
  const part = Buffer.alloc(10 * MEGABYTE);
  for (let index = 0; index < 10; index += 1) {
    if (!sent.write(part)) await once(sent, 'drain');
  }
  sent.end();
  const [answer] = (await answered) as [IncomingMessage];
  expect(await textOf(answer)).toBe(String(100 * MEGABYTE));
});

it('a client that has said all is answered, and one that never reads holds nobody up', async () => {
  const slow = createConnection({ port: door.port, host: '127.0.0.1', allowHalfOpen: true });
  slow.end('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  slow.pause();
  const silent = createConnection({ port: door.port, host: '127.0.0.1' });
  await once(silent, 'connect');
  const before = process.memoryUsage().rss;
  expect(await textOf(await answerTo('/', Buffer.from('hello')))).toBe('5');
  const [first] = (await once(slow.resume(), 'data')) as [Buffer];
  expect(first.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
  slow.destroy();
  silent.destroy();
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * MEGABYTE);
});

it('what closes inside is closed outside, and the other way round', async () => {
  const outside = createConnection({ port: door.port, host: '127.0.0.1' });
  const inside = once(agent, 'connection');
  await once(outside, 'connect');
  const [connection] = await inside;
  outside.destroy();
  await once(connection, 'close');
  const next = createConnection({ port: door.port, host: '127.0.0.1' });
  const [other] = await once(agent, 'connection');
  other.destroy();
  await once(next, 'close');
});

it('another process of this user is let in too, by the kernel’s table', async () => {
  const client = `fetch('http://127.0.0.1:${door.port}/', { method: 'POST', body: 'four' }).then(async (a) => console.log(await a.text()))`;
  const { stdout } = await execa(process.execPath, ['-e', client]);
  expect(stdout).toBe('4');
});
