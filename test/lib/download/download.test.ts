import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { type DownloadOptions, downloadFile } from '../../../src/lib/download/download.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { dropAfter, fileServer, proxyServer, written } from './file-server.js';

const DATA = randomBytes(300_000);
const ETAG = { etag: '"v1"' };

function options(more: Partial<DownloadOptions> = {}): DownloadOptions {
  return { signal: new AbortController().signal, sleep: async () => {}, ...more };
}

/** Vitest's own comparison of buffers takes half a second for these. */
async function holds(file: string, data: Buffer): Promise<boolean> {
  return (await readFile(file)).equals(data);
}

describe('downloadFile', () => {
  it("goes through the environment's proxy, and straight again where a redirect leads past it", async () => {
    using folder = new TemporaryFolder();
    await using near = await fileServer((response) => response.end(DATA));
    const asked: (string | undefined)[] = [];
    await using proxy = await proxyServer((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: near.url('/a.bin') }).end();
    });
    vi.stubEnv('HTTP_PROXY', proxy.url);
    try {
      await downloadFile('http://files.example/a.bin', join(folder.path, 'a.bin'), options());
    } finally {
      vi.unstubAllEnvs();
    }
    expect(await holds(join(folder.path, 'a.bin'), DATA)).toBe(true);
    expect(asked).toEqual(['http://files.example/a.bin']);
    expect(near.asked).toHaveLength(1);
  });

  it('fetches a file into a folder it makes, and leaves nothing else there', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => response.end(DATA));
    await downloadFile(server.url('/a.bin'), join(folder.path, 'deep/er/a.bin'), options());
    expect(await holds(join(folder.path, 'deep/er/a.bin'), DATA)).toBe(true);
    expect(await readdir(join(folder.path, 'deep/er'))).toEqual(['a.bin']);
  });

  it('goes on where the connection broke, as often as it has attempts', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer(async (response, count, { range = '' }) => {
      if (count === 1) return dropAfter(response, DATA, 100_000, folder.path, ETAG);
      const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
      response.writeHead(206, {
        'content-range': `bytes ${from}-${DATA.length - 1}/${DATA.length}`,
        'content-length': DATA.length - from,
        ...ETAG,
      });
      if (count === 3) return response.end(DATA.subarray(from));
      response.write(DATA.subarray(from, from + 50_000));
      await written(folder.path, 150_000);
      response.destroy();
    });
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect(await holds(join(folder.path, 'a.bin'), DATA)).toBe(true);
    expect(server.asked.map((headers) => headers.range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=150000-',
    ]);
    expect(server.asked.map((headers) => headers['if-range'])).toEqual([undefined, '"v1"', '"v1"']);
  });

  it('begins again when the file has changed meanwhile', async () => {
    using folder = new TemporaryFolder();
    const changed = randomBytes(10_000);
    await using server = await fileServer((response, count) => {
      if (count === 1) dropAfter(response, DATA, 100_000, folder.path, ETAG);
      else response.end(changed);
    });
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect(await holds(join(folder.path, 'a.bin'), changed)).toBe(true);
    expect(server.asked[1]?.range).toBe('bytes=100000-');
  });

  it.each([
    ['no validator', {}],
    ['a weak etag', { etag: 'W/"v1"' }],
  ])('begins again when the server gave %s', async (_, headers) => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response, count) => {
      if (count === 1) dropAfter(response, DATA, 100_000, folder.path, headers);
      else response.end(DATA);
    });
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect(await holds(join(folder.path, 'a.bin'), DATA)).toBe(true);
    expect(server.asked[1]?.range).toBeUndefined();
  });

  it.each([
    ['answers with another range', 206, { 'content-range': `bytes 7-${DATA.length - 1}/${DATA.length}` }],
    ['refuses the range', 416, { 'content-range': `bytes */${DATA.length}` }],
  ])('begins again when the server %s', async (_, status, headers) => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response, count) => {
      if (count === 1) return dropAfter(response, DATA, 100_000, folder.path, ETAG);
      if (count === 2) response.writeHead(status, headers);
      response.end(DATA);
    });
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect(await holds(join(folder.path, 'a.bin'), DATA)).toBe(true);
    expect(server.asked[2]?.range).toBeUndefined();
  });

  it('keeps what it has when the server is busy in between', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response, count) => {
      if (count === 1) return dropAfter(response, DATA, 100_000, folder.path, ETAG);
      if (count === 2) return response.writeHead(503).end();
      response.writeHead(206, { 'content-range': `bytes 100000-${DATA.length - 1}/${DATA.length}` });
      response.end(DATA.subarray(100_000));
    });
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect(await holds(join(folder.path, 'a.bin'), DATA)).toBe(true);
  });

  it('accepts no file that is shorter than announced', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => dropAfter(response, DATA, 1000, folder.path));
    await expect(
      downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options()),
    ).rejects.toMatchObject({
      code: 'E_DOWNLOAD_FAILED',
      message: expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+\/a\.bin could not be downloaded in 3 attempts: /,
      ),
      fix: expect.stringMatching(/curl -sSIL 'http:\/\/127\.0\.0\.1:\d+\/a\.bin'$/),
    });
    expect(server.asked).toHaveLength(3);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('accepts no rest that is of another size than announced', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response, count) => {
      if (count === 1) return dropAfter(response, DATA, 100_000, folder.path, ETAG);
      const from = 100_000 + count - 2;
      // A clean end (chunked, so HTTP itself sees nothing wrong), one byte after the start.
      response.writeHead(206, { 'content-range': `bytes ${from}-${DATA.length - 1}/${DATA.length}` });
      response.end(DATA.subarray(from, from + 1));
    });
    await expect(
      downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options()),
    ).rejects.toMatchObject({
      message: expect.stringContaining('100002 of 300000 bytes came'),
    });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('decodes what a server encodes although it was not asked to', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(DATA));
    });
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect(await holds(join(folder.path, 'a.bin'), DATA)).toBe(true);
    expect(server.asked[0]?.['accept-encoding']).toBe('identity');
  });

  it.each([401, 403, 404, 410])('asks once when the answer is %i', async (status) => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => response.writeHead(status).end('no'));
    await expect(
      downloadFile(server.url('/gone'), join(folder.path, 'a.bin'), options()),
    ).rejects.toMatchObject({
      code: 'E_DOWNLOAD_FAILED',
      message: expect.stringMatching(new RegExp(`/gone answered ${status} [A-Z]`)),
    });
    expect(server.asked).toHaveLength(1);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('tells every further attempt and names the cause when nobody listens', async () => {
    using folder = new TemporaryFolder();
    const server = await fileServer(() => {});
    const url = server.url('/a.bin');
    await server[Symbol.asyncDispose]();
    const progress: string[] = [];
    await expect(
      downloadFile(url, join(folder.path, 'a.bin'), options({ onProgress: (text) => progress.push(text) })),
    ).rejects.toMatchObject({ code: 'E_DOWNLOAD_FAILED', message: expect.stringContaining('ECONNREFUSED') });
    expect(progress).toHaveLength(2);
    expect(progress[1]).toContain('attempt 2 of 3 failed');
  });

  it('gives up a server that stops sending', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => {
      response.writeHead(200, { 'content-length': DATA.length }).write(DATA.subarray(0, 10));
    });
    await expect(
      downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options({ stallMs: 30 })),
    ).rejects.toMatchObject({
      code: 'E_DOWNLOAD_FAILED',
      message: expect.stringContaining("Timeout awaiting 'socket'"),
    });
    expect(server.asked).toHaveLength(3);
  });

  it('shows no password and no query of the URL', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => response.writeHead(403).end());
    const url = new URL(server.url("/it's.bin?token=s3cret"));
    url.username = 'user';
    url.password = 'hunter2';
    const error = await downloadFile(url.href, join(folder.path, 'a.bin'), options()).catch(String);
    expect(error).toContain('/it%27s.bin answered 403');
    expect(error).not.toMatch(/s3cret|hunter2/);
  });

  it('stops at an abort, with its reason, and leaves nothing', async () => {
    using folder = new TemporaryFolder();
    const controller = new AbortController();
    await using server = await fileServer((response) => {
      response.writeHead(200, { 'content-length': DATA.length });
      response.write(DATA.subarray(0, 10), () => controller.abort(new Error('enough')));
    });
    const download = downloadFile(
      server.url('/a.bin'),
      join(folder.path, 'a.bin'),
      options({ signal: controller.signal }),
    );
    await expect(download).rejects.toThrow('enough');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('lets any number fetch the same file at once', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => response.end(DATA));
    const file = join(folder.path, 'a.bin');
    await Promise.all(Array.from({ length: 8 }, () => downloadFile(server.url('/a.bin'), file, options())));
    expect(await holds(file, DATA)).toBe(true);
    expect(await readdir(folder.path)).toEqual(['a.bin']);
  });

  it('clears away the parts of processes that were killed, and no others', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => response.end(DATA));
    await writeFile(join(folder.path, 'dead.part'), 'x');
    await writeFile(join(folder.path, 'alive.part'), 'x');
    await writeFile(join(folder.path, 'old.bin'), 'x');
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(join(folder.path, 'dead.part'), yesterday, yesterday);
    await utimes(join(folder.path, 'old.bin'), yesterday, yesterday);
    await downloadFile(server.url('/a.bin'), join(folder.path, 'a.bin'), options());
    expect((await readdir(folder.path)).sort()).toEqual(['a.bin', 'alive.part', 'old.bin']);
  });
});
