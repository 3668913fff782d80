/** OSWorld's disk out of whatever it comes in. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type DiskRequest, diskName, getDisk } from '../../../src/providers/docker/get-disk.js';
import { fileServer } from '../../lib/download/file-server.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const DISK = Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(50_000, 'disk')]);
const ZIP = Buffer.from(zipSync({ 'vm/Ubuntu.qcow2': DISK, 'readme.txt': strToU8('hello') }));

function request(to: string, more: Partial<DiskRequest>): DiskRequest {
  return {
    ...{ to, url: 'http://127.0.0.1:9/Ubuntu.qcow2.zip', from: null, sha256: null, env: {} },
    signal: new AbortController().signal,
    report: { doing: () => {}, bytes: () => {} },
    ...more,
  };
}

describe.each([
  ['a zip', ZIP],
  ['the disk itself', DISK],
])('%s', (_title, content) => {
  it('that is downloaded becomes the disk, and nothing else stays', async () => {
    using folder = new TemporaryFolder();
    await using server = await fileServer((response) => response.end(content));
    const to = `${folder.path}/VMs/Ubuntu.qcow2`;
    expect(await getDisk(request(to, { url: server.url('/Ubuntu.qcow2') }))).toBe(true);
    expect(readFileSync(to).equals(DISK)).toBe(true);
    expect(readdirSync(`${folder.path}/VMs`)).toEqual(['Ubuntu.qcow2']);
    expect(await getDisk(request(to, {}))).toBe(false);
  });

  it('that was downloaded elsewhere is used and kept', async () => {
    using folder = new TemporaryFolder();
    const from = `${folder.path}/x`;
    writeFileSync(from, content);
    expect(await getDisk(request(`${folder.path}/Ubuntu.qcow2`, { from }))).toBe(true);
    expect(readFileSync(`${folder.path}/Ubuntu.qcow2`).equals(DISK)).toBe(true);
    expect(existsSync(from)).toBe(true);
  });
});

it.each<[string, Buffer, string]>([
  ['a page', Buffer.from('<html>log in first</html>'), 'answers is neither a qcow2 image nor a zip archive'],
  ['a zip without a disk', Buffer.from(zipSync({ 'a.txt': strToU8('a') })), 'has no disk (*.qcow2) in it'],
  [
    'a zip with two',
    Buffer.from(zipSync({ 'a.qcow2': DISK, 'b.qcow2': DISK })),
    'has 2 disk (*.qcow2) in it',
  ],
])('%s is refused', async (_title, content, words) => {
  using folder = new TemporaryFolder();
  await using server = await fileServer((response) => response.end(content));
  const to = `${folder.path}/Ubuntu.qcow2`;
  await expect(getDisk(request(to, { url: server.url('/x') }))).rejects.toMatchObject({
    code: 'E_DOWNLOAD_FAILED',
    message: expect.stringContaining(words),
  });
  expect(existsSync(to)).toBe(false);
});

it('a file that is there and is not a disk is left alone', async () => {
  using folder = new TemporaryFolder({ 'Ubuntu.qcow2': 'my notes' });
  await expect(getDisk(request(`${folder.path}/Ubuntu.qcow2`, {}))).rejects.toMatchObject({
    code: 'E_QCOW2',
  });
  expect(statSync(`${folder.path}/Ubuntu.qcow2`).size).toBe(8);
});

it('a file to take that is not there is said', async () => {
  using folder = new TemporaryFolder();
  const attempt = getDisk(request(`${folder.path}/Ubuntu.qcow2`, { from: `${folder.path}/none.zip` }));
  await expect(attempt).rejects.toMatchObject({ code: 'E_USAGE' });
});

it.each([
  ['https://images.example/Ubuntu.qcow2.zip?download=1', 'Ubuntu.qcow2'],
  ['https://images.example/Windows-10-x64.qcow2', 'Windows-10-x64.qcow2'],
  ['https://images.example/', 'desktop.qcow2'],
])('%s is kept as %s', (url, name) => {
  expect(diskName(url)).toBe(name);
});
