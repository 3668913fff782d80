/** Large files over real HTTP: whatever server and process do, what is there in the end is the file. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { atMirror } from '../../../src/lib/download/hugging-face.js';
import {
  downloadLargeFile,
  type LargeFileOptions,
  removePart,
} from '../../../src/lib/download/large-file.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const DATA = randomBytes(400_000);
const SHA256 = createHash('sha256').update(DATA).digest('hex');

interface Manners {
  /** What the server has; it may change. */
  data: Buffer;
  etag: string | null;
  /** Answers 200 and everything to whatever range. */
  ignoresRange?: boolean;
  /** Sends the range whatever `If-Range` says. */
  ignoresIfRange?: boolean;
  /** Breaks off after so many bytes of each answer. */
  breaksAfter?: number;
  status?: number;
}

/** A server with these manners, and what it was asked: `range if-range → status`. */
async function serve(manners: Manners) {
  const asked: string[] = [];
  const server = createServer((request, response) => answer(request, response, manners, asked));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/Ubuntu.qcow2.zip`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, manners: Manners, asked: string[]) {
  const { data, etag, breaksAfter, ignoresRange, ignoresIfRange } = manners;
  const { range, 'if-range': ifRange } = request.headers;
  const isSame = ifRange === undefined || ifRange === etag || ignoresIfRange === true;
  const from = ignoresRange || !isSame ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const status = manners.status ?? (from >= data.length ? 416 : from > 0 ? 206 : 200);
  asked.push(`${range ?? '-'} ${ifRange ?? '-'} → ${status}`);
  const tag = etag === null ? {} : { etag };
  if (status === 416)
    return response.writeHead(416, { 'content-range': `bytes */${data.length}`, ...tag }).end();
  if (status >= 400) return response.writeHead(status).end();
  const body = data.subarray(from);
  const place = from > 0 ? { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` } : {};
  response.writeHead(status, { 'content-length': body.length, ...place, ...tag });
  if (breaksAfter === undefined || body.length <= breaksAfter) return response.end(body);
  response.write(body.subarray(0, breaksAfter), () => setImmediate(() => response.destroy()));
}

function options(more: Partial<LargeFileOptions> = {}): LargeFileOptions {
  const signal = new AbortController().signal;
  return { sha256: null, signal, assertSpace: async () => {}, sleep: async () => {}, ...more };
}

const isWhole = (part: string) => readFileSync(part).equals(DATA);

describe.each([
  ['with an ETag', '"v1"'],
  ['without a validator', null],
])('%s', (_title, etag) => {
  it('goes on in the next run where the last one was interrupted', async () => {
    using folder = new TemporaryFolder();
    const part = `${folder.path}/x.part`;
    const manners: Manners = { data: DATA, etag, breaksAfter: 100_000 };
    await using server = await serve(manners);
    const interrupted = new AbortController();
    const first = downloadLargeFile(server.url, part, {
      ...options({ signal: interrupted.signal }),
      onBytes: (have) => have >= 50_000 && interrupted.abort(new Error('Ctrl-C')),
    });
    await expect(first).rejects.toThrow('Ctrl-C');
    delete manners.breaksAfter;
    await downloadLargeFile(server.url, part, options({ sha256: SHA256 }));
    expect(isWhole(part)).toBe(true);
    expect(server.asked.at(-1)).toMatch(etag === null ? /^bytes=\d+- - → 206$/ : /^bytes=\d+- "v1" → 206$/);
  });

  it('a server that ignores ranges costs time and nothing else', async () => {
    using folder = new TemporaryFolder();
    const part = `${folder.path}/x.part`;
    writeFileSync(part, DATA.subarray(0, 1000));
    await using server = await serve({ data: DATA, etag, ignoresRange: true });
    await downloadLargeFile(server.url, part, options());
    expect(isWhole(part)).toBe(true);
    expect(server.asked).toEqual(['bytes=1000- - → 200']);
  });

  it('a part that is whole is asked for once, and then not any more', async () => {
    using folder = new TemporaryFolder();
    const part = `${folder.path}/x.part`;
    writeFileSync(part, DATA);
    await using server = await serve({ data: DATA, etag });
    await downloadLargeFile(server.url, part, options({ sha256: SHA256 }));
    await downloadLargeFile(server.url, part, options({ sha256: SHA256 }));
    expect([isWhole(part), server.asked]).toEqual([true, [`bytes=${DATA.length}- - → 416`]]);
  });

  it('a part that is longer than the file is begun anew', async () => {
    using folder = new TemporaryFolder();
    const part = `${folder.path}/x.part`;
    writeFileSync(part, Buffer.concat([DATA, DATA]));
    await using server = await serve({ data: DATA, etag });
    await downloadLargeFile(server.url, part, options());
    expect(isWhole(part)).toBe(true);
  });
});

it.each([
  ['and the server says so', {}],
  ['and the server does not look at If-Range', { ignoresIfRange: true }],
])('begins anew where the file has changed meanwhile, %s', async (_title, more) => {
  using folder = new TemporaryFolder();
  const part = `${folder.path}/x.part`;
  const manners: Manners = { data: Buffer.alloc(DATA.length, 'old'), etag: '"v0"', breaksAfter: 100_000 };
  await using server = await serve(manners);
  const attempt = () => downloadLargeFile(server.url, part, options());
  await expect(
    downloadLargeFile(server.url, part, options({ sleep: () => Promise.reject(new Error('enough')) })),
  ).rejects.toThrow('enough');
  Object.assign(manners, { data: DATA, etag: '"v1"', breaksAfter: undefined, ...more });
  await attempt();
  expect(isWhole(part)).toBe(true);
});

it('a server that breaks off again and again is tried as long as it gets further', async () => {
  using folder = new TemporaryFolder();
  const part = `${folder.path}/x.part`;
  const data = randomBytes(6.5 * 2 ** 20);
  await using server = await serve({ data, etag: '"v1"', breaksAfter: 1.05 * 2 ** 20 });
  await downloadLargeFile(server.url, part, options());
  expect(readFileSync(part).equals(data)).toBe(true);
  expect(server.asked.length).toBeGreaterThan(5);
});

it('gives up after five attempts that bring nothing, and keeps what it has', async () => {
  using folder = new TemporaryFolder();
  const part = `${folder.path}/x.part`;
  writeFileSync(part, DATA.subarray(0, 1000));
  await using server = await serve({ data: DATA, etag: null, status: 503 });
  const notes: string[] = [];
  await expect(
    downloadLargeFile(server.url, part, options({ onNote: (text) => notes.push(text) })),
  ).rejects.toMatchObject({
    code: 'E_DOWNLOAD_FAILED',
    message: `${server.url} answered 503 Service Unavailable`,
  });
  expect([server.asked.length, notes.length, readFileSync(part).length]).toEqual([5, 4, 1000]);
});

it('refuses what has another checksum, and says how it comes again', async () => {
  using folder = new TemporaryFolder();
  const part = `${folder.path}/x.part`;
  await using server = await serve({ data: DATA, etag: '"v1"' });
  await expect(
    downloadLargeFile(server.url, part, options({ sha256: 'A'.repeat(64) })),
  ).rejects.toMatchObject({
    message: `what ${server.url} answered does not have the checksum that is wanted: its SHA-256 is ${SHA256}`,
    fix: `correct the checksum, or have it downloaded again: rm '${part}'`,
  });
  await removePart(part);
  expect([existsSync(part), existsSync(`${part}.json`)]).toEqual([false, false]);
});

it('asks for space before it writes, less what has come', async () => {
  using folder = new TemporaryFolder();
  const part = `${folder.path}/x.part`;
  writeFileSync(part, DATA.subarray(0, 1000));
  await using server = await serve({ data: DATA, etag: '"v1"' });
  const asked: number[][] = [];
  await expect(
    downloadLargeFile(
      server.url,
      part,
      options({
        async assertSpace(missing, total) {
          asked.push([missing, total]);
          throw new Error('full');
        },
      }),
    ),
  ).rejects.toThrow('full');
  expect([asked, readFileSync(part).length]).toEqual([[[DATA.length - 1000, DATA.length]], 1000]);
});

it('two processes do not write to one part', async () => {
  using folder = new TemporaryFolder();
  const part = `${folder.path}/x.part`;
  writeFileSync(part, 'x');
  const state = { url: 'http://127.0.0.1:1/', pid: process.ppid, validator: null, total: 10 };
  writeFileSync(`${part}.json`, JSON.stringify(state));
  await expect(downloadLargeFile(state.url, part, options())).rejects.toMatchObject({
    message: `process ${process.ppid} is downloading to ${part}`,
    fix: `wait for it, or end it: kill ${process.ppid}`,
  });
});

describe('HF_ENDPOINT', () => {
  const file = 'https://huggingface.co/datasets/xlangai/ubuntu_osworld/resolve/main/Ubuntu.qcow2.zip';
  it.each([
    [undefined, file],
    ['', file],
    ['https://hf-mirror.com', file.replace('huggingface.co', 'hf-mirror.com')],
    [
      'http://mirror.example:8080/hf/',
      file.replace('https://huggingface.co', 'http://mirror.example:8080/hf'),
    ],
  ])('%s', (endpoint, url) => {
    expect(atMirror(file, { HF_ENDPOINT: endpoint })).toBe(url);
  });

  it('is for files of Hugging Face alone, and a URL', () => {
    const other = 'https://images.example/Ubuntu.zip';
    expect(atMirror(other, { HF_ENDPOINT: 'https://hf-mirror.com' })).toBe(other);
    expect(() => atMirror(file, { HF_ENDPOINT: 'hf-mirror.com' })).toThrow(/is not an http/);
  });
});
