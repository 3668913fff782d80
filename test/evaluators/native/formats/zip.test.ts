import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { ZipArchive } from '../../../../src/evaluators/native/formats/zip.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

const DIRECTORY = 'PK\x01\x02';
const made = Buffer.from(
  zipSync({ 'a.txt': strToU8('a'.repeat(1_000)), 'b.txt': [strToU8('stored'), { level: 0 }] }),
);

it('reads what is packed and what is stored, also after other bytes and before a comment', async () => {
  const commented = Buffer.concat([
    Buffer.from('#!/bin/sh\n'),
    made.subarray(0, -2),
    Buffer.from([3, 0]),
    Buffer.from('abc'),
  ]);
  for (const bytes of [made, commented]) {
    const archive = await open(bytes);
    expect([...archive.names]).toEqual(['a.txt', 'b.txt']);
    expect(archive.read('a.txt').toString()).toBe('a'.repeat(1_000));
    expect(archive.read('b.txt').toString()).toBe('stored');
  }
});

it.each([
  ['a checksum', DIRECTORY, 16, 0xff, 'BadZipFile'],
  ['a method', DIRECTORY, 10, 99, 'NotImplementedError'],
  ['the flag of encryption', DIRECTORY, 8, 1, 'RuntimeError'],
  ['an offset', DIRECTORY, 42, 0x7f, 'BadZipFile'],
  ['a local name', 'PK\x03\x04', 30, 0x21, 'BadZipFile'],
  ['packed bytes', 'PK\x03\x04', 36, 0xff, 'error'],
])('raises for another value of %s', async (_, signature, offset, byte, name) => {
  const bytes = Buffer.from(made);
  bytes[bytes.indexOf(signature, 0, 'latin1') + offset] = byte;
  const archive = await open(bytes);
  expect(() => archive.read('a.txt')).toThrow(expect.objectContaining({ name }));
});

it('ends a name at its NUL', async () => {
  const bytes = Buffer.from(made);
  bytes[bytes.indexOf(DIRECTORY, 0, 'latin1') + 47] = 0;
  bytes[bytes.indexOf('PK\x03\x04', 0, 'latin1') + 31] = 0;
  expect((await open(bytes)).read('a').toString()).toBe('a'.repeat(1_000));
});

it.each([
  Buffer.alloc(0),
  Buffer.from('no archive'),
  made.subarray(0, -1),
  Buffer.from('PK\x05\x06'.padEnd(22, '\0').replace(/.{9}$/, '\x7f'.repeat(9)), 'latin1'),
])('refuses what is not an archive', async (bytes) => {
  await expect(open(bytes)).rejects.toMatchObject({ name: 'BadZipFile' });
});

it('does not unpack a bomb, whatever size it says', async () => {
  const packed = await open(made, 999);
  expect(() => packed.read('a.txt')).toThrow('unpacks to more than');
  const all = await open(made, 1_005);
  all.read('a.txt');
  expect(() => all.read('b.txt')).toThrow('unpacks to more than');
});

async function open(bytes: Buffer, limit?: number): Promise<ZipArchive> {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'a.zip');
  await writeFile(path, bytes);
  return await ZipArchive.open(path, limit);
}
