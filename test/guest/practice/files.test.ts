import { describe, expect, test } from 'vitest';
import { makeHome } from '../../../src/guest/practice/files/home.js';
import { MemoryFiles } from '../../../src/guest/practice/files/memory-files.js';

function fresh(): MemoryFiles {
  const files = new MemoryFiles();
  makeHome(files);
  return files;
}

test('what is written is read and listed', () => {
  const files = fresh();
  files.write('/tmp/a', Buffer.from('one'));
  files.write('/tmp/a', Buffer.from(' two'), { append: true });
  expect(files.read('/tmp/../tmp/./a').toString()).toBe('one two');
  expect(files.kind('/tmp/a')).toBe('file');
  expect(files.list('/tmp')).toEqual(['a']);
});

test('folders are made, copied, moved and removed with what is in them', () => {
  const files = fresh();
  files.makeFolder('/tmp/a/b', { parents: true });
  files.write('/tmp/a/b/f', Buffer.from('x'));
  files.copy('/tmp/a', '/tmp/c');
  files.move('/tmp/a', '/tmp/c');
  expect(files.list('/tmp/c')).toEqual(['a', 'b']);
  files.remove('/tmp/c', { recursive: true });
  expect(files.list('/tmp')).toEqual([]);
});

test('a copy is a file of its own', () => {
  const files = fresh();
  files.write('/tmp/a', Buffer.from('1'));
  files.copy('/tmp/a', '/tmp/b');
  files.write('/tmp/a', Buffer.from('2'));
  expect(files.read('/tmp/b').toString()).toBe('1');
});

describe('refuses with the system’s words', () => {
  test.each<[string, (files: MemoryFiles) => void, string]>([
    ['read a missing file', (files) => files.read('/tmp/x'), "[Errno 2] No such file or directory: '/tmp/x'"],
    ['read a folder', (files) => files.read('/tmp'), "[Errno 21] Is a directory: '/tmp'"],
    [
      'write over a folder',
      (files) => files.write('/tmp', Buffer.alloc(0)),
      "[Errno 21] Is a directory: '/tmp'",
    ],
    [
      'write without a folder',
      (files) => files.write('/x/y', Buffer.alloc(0)),
      "[Errno 2] No such file or directory: '/x/y'",
    ],
    [
      'write below a file',
      (files) => files.write('/etc/hostname/x', Buffer.alloc(0)),
      "[Errno 20] Not a directory: '/etc/hostname/x'",
    ],
    [
      'write into the kernel’s folder',
      (files) => files.write('/proc/x', Buffer.alloc(0)),
      "[Errno 2] No such file or directory: '/proc/x'",
    ],
    ['list a file', (files) => files.list('/etc/hostname'), "[Errno 20] Not a directory: '/etc/hostname'"],
    ['make what exists', (files) => files.makeFolder('/tmp'), "[Errno 17] File exists: '/tmp'"],
    [
      'make below a file',
      (files) => files.makeFolder('/etc/hostname/x', { parents: true }),
      "[Errno 17] File exists: '/etc/hostname'",
    ],
    ['remove a full folder', (files) => files.remove('/home'), "[Errno 39] Directory not empty: '/home'"],
    [
      'remove the root',
      (files) => files.remove('/', { recursive: true }),
      "[Errno 1] Operation not permitted: '/'",
    ],
    [
      'move a folder into itself',
      (files) => files.move('/home', '/home/user'),
      "[Errno 22] Invalid argument: '/home/user'",
    ],
    [
      'copy a folder into itself',
      (files) => files.copy('/home', '/home/user'),
      "[Errno 22] Invalid argument: '/home/user'",
    ],
    [
      'a name that is too long',
      (files) => files.write(`/tmp/${'é'.repeat(128)}`, Buffer.alloc(0)),
      '[Errno 36] File name too long',
    ],
    [
      'a path that is too long',
      (files) => files.makeFolder('/a'.repeat(2049), { parents: true }),
      '[Errno 36] File name too long',
    ],
  ])('%s', (_name, act, message) => {
    expect(() => act(fresh())).toThrow(message);
  });
});

test('the files together have a limit, and removing makes room', () => {
  const files = fresh();
  const big = Buffer.alloc(400 * 1024 ** 2);
  files.write('/tmp/1', big);
  files.write('/tmp/2', big);
  expect(() => files.write('/tmp/3', big)).toThrow('[Errno 28] No space left on device');
  files.remove('/tmp/1');
  files.write('/tmp/3', big);
  expect(files.list('/tmp')).toEqual(['2', '3']);
});

test('empty files and folders have a limit too', () => {
  const files = fresh();
  const fill = (folder: string) => {
    files.makeFolder(folder);
    for (let count = 0; count < 4096; count += 1) files.write(`${folder}/${count}`, Buffer.alloc(0));
  };
  fill('/tmp/0');
  expect(() => files.makeFolder('/tmp/0/more')).toThrow('[Errno 28] No space left on device');
  files.write('/tmp/0/17', Buffer.from('x'));
  const fillAll = () => {
    for (let count = 1; count < 100; count += 1) fill(`/tmp/${count}`);
  };
  expect(fillAll).toThrow('[Errno 28] No space left on device');
});
