/** Files of a real machine behind the agent's routes: what is no file is refused, and nothing waits for it. */
import { execFileSync } from 'node:child_process';
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type GuestAgent, startGuestAgent } from '../../../src/guest/agent.js';
import { GuestError, type GuestMachine } from '../../../src/guest/machine.js';
import { X11Files } from '../../../src/guest/x11/files.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

describe.skipIf(process.platform === 'win32')('files of a real machine', () => {
  let home: string;
  let agent: GuestAgent;

  beforeEach(async () => {
    const folder = new TemporaryFolder();
    home = folder.path;
    const machine = { files: new X11Files(), environment: { HOME: home } } as unknown as GuestMachine;
    agent = await startGuestAgent({ machine: () => machine });
    return async () => {
      await agent[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    };
  });

  const file = async (path: string) => {
    const response = await fetch(new URL('file', agent.url), {
      method: 'POST',
      body: new URLSearchParams({ file_path: path }),
    });
    return { status: response.status, text: await response.text() };
  };
  const upload = async (fields: [name: string, value: string | Blob][]) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    const response = await fetch(new URL('setup/upload', agent.url), { method: 'POST', body });
    return { status: response.status, text: await response.text() };
  };
  const tree = async (path: string) => {
    const response = await fetch(new URL('list_directory', agent.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ path }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const socketAt = async (path: string) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return {
      [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
    };
  };

  test('pipes, devices, sockets and folders are refused at once, also behind a link', async () => {
    execFileSync('mkfifo', [join(home, 'pipe')]);
    await symlink('/dev/zero', join(home, 'zero'));
    await symlink('pipe', join(home, 'link'));
    await using _socket = await socketAt(join(home, 'socket'));
    // More than libuv has threads.
    const names = [...Array<string>(8).fill('pipe'), 'zero', 'link', 'socket'];
    const answers = await Promise.all(names.map((name) => file(`~/${name}`)));
    expect(answers).toEqual(
      names.map((name) => ({
        status: 500,
        text: `${JSON.stringify({ error: `Failed to serve file: '${home}/${name}' is not a regular file` })}\n`,
      })),
    );
    expect(await file('~')).toMatchObject({
      status: 500,
      text: expect.stringContaining(`[Errno 21] Is a directory: '${home}'`),
    });
  });

  test('files are served as long as they were when they were opened; those of /proc say that they are empty', async () => {
    await writeFile(join(home, 'log'), 'before');
    const opened = await new X11Files().open(join(home, 'log'));
    await appendFile(join(home, 'log'), 'after');
    expect(Buffer.concat(await opened.stream().toArray()).toString()).toBe('before');
    expect(await file('/proc/version')).toEqual({ status: 200, text: '' });
    await symlink('log', join(home, 'link'));
    expect(await file('~/link')).toEqual({ status: 200, text: 'beforeafter' });
  });

  test('a file that is cut while it is read breaks the answer off', async () => {
    await writeFile(join(home, 'large'), Buffer.alloc(8 * 1024 ** 2));
    const opened = await new X11Files().open(join(home, 'large'));
    await truncate(join(home, 'large'), 1024 ** 2);
    await expect(opened.stream().toArray()).rejects.toThrow('the file has become shorter');
  });

  test('a sparse file of a terabyte is refused', async () => {
    await writeFile(join(home, 'sparse'), '');
    await truncate(join(home, 'sparse'), 2 ** 40);
    expect(await file('~/sparse')).toMatchObject({
      status: 500,
      text: expect.stringContaining('1099511627776 bytes'),
    });
  });

  test('a client that goes away in the middle leaves no descriptor', async () => {
    await writeFile(join(home, 'large'), Buffer.alloc(64 * 1024 ** 2));
    const leave = new AbortController();
    const response = await fetch(new URL('file', agent.url), {
      method: 'POST',
      body: new URLSearchParams({ file_path: '~/large' }),
      signal: leave.signal,
    });
    expect(response.status).toBe(200);
    leave.abort();
    await expect.poll(async () => opened(join(home, 'large'))).toBe(0);
  });

  test('an upload goes into regular files only', async () => {
    execFileSync('mkfifo', [join(home, 'pipe')]);
    await mkdir(join(home, 'folder'));
    await writeFile(join(home, 'old'), 'much longer than before');
    await symlink('old', join(home, 'link'));
    const data = new Blob(['new']);
    const put = (path: string) =>
      upload([
        ['file_path', path],
        ['file_data', data],
      ]);
    const refused = (error: string) => ({
      status: 500,
      text: `${JSON.stringify({ error: `Failed to upload file: ${error}` })}\n`,
    });
    expect(await put('~/link')).toEqual({ status: 200, text: 'File Uploaded: 3 bytes' });
    expect(await readFile(join(home, 'old'), 'utf8')).toBe('new');
    expect(await put('~/pipe')).toEqual(refused(`'${home}/pipe' is not a regular file`));
    expect(await put('/dev/null')).toEqual(refused("'/dev/null' is not a regular file"));
    expect(await put('~/folder')).toEqual(refused(`[Errno 21] Is a directory: '${home}/folder'`));
    expect(await put('')).toEqual(refused("[Errno 2] No such file or directory: ''"));
    expect(await put('~/old/x')).toEqual(refused(`[Errno 17] File exists: '${home}/old'`));
    expect(await put('~/old/x/y')).toEqual(refused(`[Errno 20] Not a directory: '${home}/old/x'`));
    expect(await put('/proc/nope/x')).toEqual(refused("[Errno 2] No such file or directory: '/proc/nope'"));
    expect(await stat(join(home, 'folder'))).toBeTruthy();
  });

  test('an upload is found whatever the order of the form, and is all of it or nothing', async () => {
    const data = new Blob([Buffer.alloc(5 * 1024 ** 2, 'x')]);
    const written = { status: 200, text: `File Uploaded: ${5 * 1024 ** 2} bytes` };
    expect(
      await upload([
        ['file_path', '~/new/a'],
        ['file_data', data],
      ]),
    ).toEqual(written);
    expect(
      await upload([
        ['file_data', data],
        ['other', data],
        ['file_path', '~/new/b'],
      ]),
    ).toEqual(written);
    const missing = { status: 400, text: '{"error":"file_path and file_data are required"}\n' };
    expect(await upload([['file_data', data]])).toEqual(missing);
    expect(
      await upload([
        ['file_path', '~/c'],
        ['file_data', 'text'],
      ]),
    ).toEqual(missing);
    const cut = await fetch(new URL('setup/upload', agent.url), {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: '--b\r\nContent-Disposition: form-data; name="file_path"\r\n\r\n~/cut\r\n--b\r\nContent-Disposition: form-data; name="file_data"; filename="x"\r\n\r\nhalf of',
    });
    expect(cut.status).toBe(400);
    await expect(stat(join(home, 'cut'))).rejects.toThrow('ENOENT');
  });

  test('a tree follows links as far as the kernel does, and has an end', async () => {
    await mkdir(join(home, 'loop'));
    await symlink('.', join(home, 'loop', 'again'));
    const { status, body } = await tree('loop');
    expect(status).toBe(200);
    expect(JSON.stringify(body).split('"again"')).toHaveLength(42);
    await symlink('.', join(home, 'loop', 'twice'));
    expect(await tree(join(home, 'loop'))).toEqual({
      status: 500,
      body: { error: `${home}/loop has too many entries, links followed` },
    });
  });

  test('a folder that cannot be read stands in its tree as an error', async () => {
    const gone = new X11Files().list(join(home, 'gone'))[Symbol.asyncIterator]();
    await expect(gone.next()).rejects.toThrow(GuestError);
    await mkdir(join(home, 'a'));
    expect(await tree('a/')).toEqual({
      status: 200,
      body: { directory_tree: { type: 'directory', name: '', children: [] } },
    });
  });

  /** Descriptors of this process that lead to the file. */
  async function opened(path: string): Promise<number> {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return links.filter((link) => link === path).length;
  }
});

test('what is removed may be gone already', async () => {
  using folder = new TemporaryFolder();
  const files = new X11Files();
  await files.write(join(folder.path, 'a', 'b'), [Buffer.from('x')]);
  await files.remove(join(folder.path, 'a', 'b'));
  await files.remove(join(folder.path, 'a', 'b'));
  expect(await files.kind(join(folder.path, 'a', 'b'))).toBeNull();
});
