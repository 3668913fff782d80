/** Archives as they come, and as nobody should send them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { listZip, unzip } from '../../src/lib/unzip.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const NEVER = new AbortController().signal;

function archive(folder: TemporaryFolder, content: Zippable | Buffer): string {
  const file = `${folder.path}/x.zip`;
  writeFileSync(file, Buffer.isBuffer(content) ? content : zipSync(content));
  return file;
}

/** A zip whose one file has its sizes in the Zip64 fields (APPNOTE.TXT 4.5.3), as every one over 4 GB has. */
function zip64(name: string, data: Buffer): Buffer {
  const path = Buffer.from(name);
  const sizes = Buffer.alloc(20);
  sizes.writeUInt16LE(1, 0);
  sizes.writeUInt16LE(16, 2);
  sizes.writeBigUInt64LE(BigInt(data.length), 4);
  sizes.writeBigUInt64LE(BigInt(data.length), 12);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(45, 0);
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(0xffffffff, 14);
  common.writeUInt32LE(0xffffffff, 18);
  common.writeUInt16LE(path.length, 22);
  common.writeUInt16LE(sizes.length, 24);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, sizes, data]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02-\0'), common, Buffer.alloc(14), path, sizes]);
  const end64 = Buffer.alloc(56);
  end64.write('PK\x06\x06');
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(1n, 24);
  end64.writeBigUInt64LE(1n, 32);
  end64.writeBigUInt64LE(BigInt(central.length), 40);
  end64.writeBigUInt64LE(BigInt(local.length), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07');
  locator.writeBigUInt64LE(BigInt(local.length + central.length), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06'),
    Buffer.alloc(4),
    Buffer.alloc(12, 0xff),
    Buffer.alloc(2),
  ]);
  return Buffer.concat([local, central, end64, locator, end]);
}

describe('unpacking', () => {
  it('gives the files with their folders, and what Unix may run', async () => {
    using folder = new TemporaryFolder();
    const file = archive(folder, {
      'vm/Ubuntu.vmx': [strToU8('config.version = "8"\n'), { os: 3, attrs: 0o100755 << 16 }],
      'vm/disks/a.vmdk': strToU8('disk'.repeat(10_000)),
      'vm/empty.log': strToU8(''),
    });
    expect(await listZip(file)).toEqual([
      { name: 'vm/Ubuntu.vmx', size: 21 },
      { name: 'vm/disks/a.vmdk', size: 40_000 },
      { name: 'vm/empty.log', size: 0 },
    ]);
    const bytes: number[][] = [];
    const onBytes = (done: number, total: number) => bytes.push([done, total]);
    await unzip(file, `${folder.path}/out`, { signal: NEVER, onBytes });
    expect(readFileSync(`${folder.path}/out/vm/disks/a.vmdk`, 'utf8')).toBe('disk'.repeat(10_000));
    expect(statSync(`${folder.path}/out/vm/Ubuntu.vmx`).mode & 0o111).not.toBe(0);
    expect(readdirSync(`${folder.path}/out/vm`).sort()).toEqual(['Ubuntu.vmx', 'disks', 'empty.log']);
    expect(bytes.at(-1)).toEqual([40_021, 40_021]);
  });

  it('reads Zip64', async () => {
    using folder = new TemporaryFolder();
    const file = archive(folder, zip64('Ubuntu.qcow2', Buffer.from('QFI\xfb disk', 'latin1')));
    await unzip(file, folder.path, { signal: NEVER });
    expect(readFileSync(`${folder.path}/Ubuntu.qcow2`, 'latin1')).toBe('QFI\xfb disk');
  });

  it('takes the files that are wanted, under the names that are wanted', async () => {
    using folder = new TemporaryFolder();
    const file = archive(folder, { 'a/disk.qcow2': strToU8('disk'), '__MACOSX/._x': strToU8('') });
    const nameOf = (name: string) => (name.endsWith('.qcow2') ? 'Ubuntu.qcow2' : null);
    await unzip(file, `${folder.path}/out`, { signal: NEVER, nameOf });
    expect(readdirSync(`${folder.path}/out`)).toEqual(['Ubuntu.qcow2']);
  });

  it('goes on where it was interrupted, and never leaves half a file under its name', async () => {
    using folder = new TemporaryFolder();
    const big = Buffer.alloc(3_000_000, 'disk');
    const file = archive(folder, { 'a.vmdk': [big, { level: 0 }], 'b.vmdk': [big, { level: 0 }] });
    const interrupted = new AbortController();
    const onBytes = (done: number) => {
      if (done > 4_000_000) interrupted.abort(new Error('Ctrl-C'));
    };
    const out = `${folder.path}/out`;
    await expect(unzip(file, out, { signal: interrupted.signal, onBytes })).rejects.toThrow('Ctrl-C');
    expect(readdirSync(out)).toEqual(['a.vmdk']);
    const whole = statSync(`${out}/a.vmdk`).ino;
    await unzip(file, out, { signal: NEVER });
    expect([statSync(`${out}/a.vmdk`).ino, readFileSync(`${out}/b.vmdk`).equals(big)]).toEqual([whole, true]);
  });

  it('replaces a file that is there with other content', async () => {
    using folder = new TemporaryFolder({ 'a.txt': 'old content' });
    await unzip(archive(folder, { 'a.txt': strToU8('new content') }), folder.path, { signal: NEVER });
    expect(readFileSync(`${folder.path}/a.txt`, 'utf8')).toBe('new content');
  });
});

describe('refusing', () => {
  const link = { os: 3, attrs: 0o120777 << 16 } as const;
  it.each<[string, Zippable]>([
    ['a name that leads out', { '../evil.txt': strToU8('x') }],
    ['one that leads out further in', { 'a/../../evil.txt': strToU8('x') }],
    ['an absolute one', { '/tmp/evil.txt': strToU8('x') }],
    ['backslashes', { '..\\evil.txt': strToU8('x') }],
    ['a symbolic link', { 'a/link': [strToU8('/etc'), link], 'a/link2': strToU8('x') }],
    ['two names that a Mac takes for one', { 'a.txt': strToU8('x'), 'A.TXT': strToU8('y') }],
  ])('%s, before anything is written', async (_what, content) => {
    using folder = new TemporaryFolder();
    const out = `${folder.path}/out`;
    mkdirSync(out);
    const file = archive(folder, content);
    await expect(unzip(file, out, { signal: NEVER })).rejects.toMatchObject({
      code: 'E_DOWNLOAD_FAILED',
      message: expect.stringContaining(`the archive ${file} is damaged, or is not a zip archive of files: `),
      fix: `have it downloaded again: rm '${file}'`,
    });
    expect([readdirSync(out), existsSync(`${folder.path}/evil.txt`)]).toEqual([[], false]);
  });

  it.each<[string, (zip: Buffer) => Buffer]>([
    ['that breaks off', (zip) => zip.subarray(0, zip.length - 40)],
    ['that is none', () => Buffer.from('<html>not found</html>'.repeat(10))],
    ['with other bytes than were packed', (zip) => Buffer.from(zip).fill(0x21, 60, 90)],
  ])('an archive %s', async (_what, harm) => {
    using folder = new TemporaryFolder();
    const good = Buffer.from(zipSync({ 'a.txt': [Buffer.alloc(10_000, 'data'), { level: 0 }] }));
    const file = archive(folder, harm(good));
    const attempt = unzip(file, `${folder.path}/out`, { signal: NEVER });
    await expect(attempt).rejects.toMatchObject({ code: 'E_DOWNLOAD_FAILED' });
    expect(existsSync(`${folder.path}/out/a.txt`)).toBe(false);
  });
});
