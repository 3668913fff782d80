import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  fingerprint,
  hostName,
  judgeHostKey,
  keyType,
  knownKeyTypes,
  readKnownHosts,
  saveKnownHost,
} from '../../../src/ssh/login/known-hosts.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIAbxRGP6mgTD/g2vPV8/S2inOul55a2illRAzYK43Ju2';
const OTHER_ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIP4l/3AJGCGtAJFSDXfgoCk3DmTmWOul2Sh7yyD8D7nh';
const ECDSA =
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKxZXBiv7uhOm9JMxKNKvTZDruUydBo0su5hUActfwcbcpAAIUBA+5uwsVuNJgBrxN/MXB/CDsOM4RathF/0xUk=';
const key = Buffer.from(ED25519, 'base64');
const silent = () => {};

/** Made by `ssh-keygen -H` from `cluster.example` and `[cluster.example]:2222`, both with ED25519. */
const HASHED = `|1|xzD0CMpwLGOovTLZw7ayclDFTys=|a0vVn8EStWRS9Tgg7kC/YopT5nI= ssh-ed25519 ${ED25519}
|1|p3uK4xQalD1ZmSaJAUCGPTyzBeo=|lpndwowZLZQ2iXYPLibbYDvbq78= ssh-ed25519 ${ED25519}
`;

async function judge(knownHosts: string, host: string, port = 22, shown = key) {
  using folder = new TemporaryFolder({ known_hosts: knownHosts });
  const entries = await readKnownHosts(
    [join(folder.path, 'known_hosts'), join(folder.path, 'absent')],
    silent,
  );
  return judgeHostKey(entries, hostName(host, port), shown);
}

describe('a host is known', () => {
  it.each([
    ['by its name', `cluster.example ssh-ed25519 ${ED25519}`, 'cluster.example', 22],
    ['whatever the case', `Cluster.Example ssh-ed25519 ${ED25519}`, 'CLUSTER.example', 22],
    [
      'by one of several names',
      `deepx,cluster.example,192.0.2.7 ssh-ed25519 ${ED25519} a comment`,
      '192.0.2.7',
      22,
    ],
    ['with its port', `[cluster.example]:2222 ssh-ed25519 ${ED25519}`, 'cluster.example', 2222],
    [
      'on another port, by the entry without one',
      `cluster.example ssh-ed25519 ${ED25519}`,
      'cluster.example',
      2222,
    ],
    ['by a pattern', `*.example ssh-ed25519 ${ED25519}`, 'cluster.example', 22],
    ['by a pattern of one letter', `node?.example ssh-ed25519 ${ED25519}`, 'node7.example', 22],
    ['by a hashed name', HASHED, 'cluster.example', 22],
    ['by a hashed name with port', HASHED, 'cluster.example', 2222],
    [
      'by its second key',
      `cluster.example ssh-ed25519 ${OTHER_ED25519}\ncluster.example ssh-ed25519 ${ED25519}`,
      'cluster.example',
      22,
    ],
    [
      'in a file with CRLF, comments and broken lines',
      `# mine\r\n\r\nnonsense\r\ncluster.example ssh-ed25519 AAAA\r\ncluster.example ssh-ed25519 ${ED25519}\r\n`,
      'cluster.example',
      22,
    ],
  ])('%s', async (_how, knownHosts, host, port) => {
    expect(await judge(knownHosts, host, port)).toEqual({ kind: 'known' });
  });
});

describe('a host is unknown', () => {
  it.each([
    ['when no line names it', `other.example ssh-ed25519 ${ED25519}`, 'cluster.example', 22],
    [
      'when the pattern excludes it',
      `*.example,!cluster.example ssh-ed25519 ${ED25519}`,
      'cluster.example',
      22,
    ],
    [
      'when a dot of the name is another letter',
      `clusterXexample ssh-ed25519 ${ED25519}`,
      'cluster.example',
      22,
    ],
    [
      'when only another port is known',
      `[cluster.example]:2222 ssh-ed25519 ${ED25519}`,
      'cluster.example',
      22,
    ],
    ['when the hash is of another name', HASHED, 'cluster.test', 22],
    [
      'when a line has a marker that nobody knows',
      `@trusted cluster.example ssh-ed25519 ${ED25519}`,
      'cluster.example',
      22,
    ],
    ['when there is nothing', '', 'cluster.example', 22],
  ])('%s', async (_how, knownHosts, host, port) => {
    expect(await judge(knownHosts, host, port)).toEqual({ kind: 'unknown', authority: false });
  });

  it('also when an authority vouches for it, which is said', async () => {
    const line = `@cert-authority *.example ssh-ed25519 ${ED25519}`;
    expect(await judge(line, 'cluster.example')).toEqual({ kind: 'unknown', authority: true });
  });
});

it('tells a changed key, and where the known one stands', async () => {
  const verdict = await judge(`# one\ncluster.example ssh-ed25519 ${OTHER_ED25519}\n`, 'cluster.example');
  expect(verdict).toMatchObject({
    kind: 'changed',
    known: [{ line: 2, file: expect.stringMatching(/known_hosts$/) }],
  });
});

it('takes a key of another type than the known one for a changed key', async () => {
  const verdict = await judge(`cluster.example ecdsa-sha2-nistp256 ${ECDSA}\n`, 'cluster.example');
  expect(verdict.kind).toBe('changed');
});

it('does not let an entry of another port contradict', async () => {
  const verdict = await judge(`cluster.example ssh-ed25519 ${OTHER_ED25519}\n`, 'cluster.example', 2222);
  expect(verdict).toEqual({ kind: 'unknown', authority: false });
});

it('refuses a revoked key, also when another line knows it', async () => {
  const lines = `cluster.example ssh-ed25519 ${ED25519}\n@revoked * ssh-ed25519 ${ED25519}\n`;
  expect(await judge(lines, 'cluster.example')).toMatchObject({ kind: 'revoked', by: { line: 2 } });
  expect(await judge(lines, 'cluster.example', 22, Buffer.from(OTHER_ED25519, 'base64'))).toMatchObject({
    kind: 'changed',
  });
});

it('names the key types of a host', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write(
    'known_hosts',
    `a ssh-ed25519 ${ED25519}\na ecdsa-sha2-nistp256 ${ECDSA}\n@revoked a ssh-ed25519 ${OTHER_ED25519}\n`,
  );
  const entries = await readKnownHosts([file], silent);
  expect(knownKeyTypes(entries, 'a')).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256']);
  expect(knownKeyTypes(entries, 'b')).toEqual([]);
});

it.each([true, false])('saves a host so that it is known (hashed: %s), in a private file', async (hash) => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'ssh', 'known_hosts');

  await saveKnownHost(file, hostName('cluster.example', 2222), key, hash);
  await saveKnownHost(file, hostName('deepx', 22), Buffer.from(ECDSA, 'base64'), hash);

  const entries = await readKnownHosts([file], silent);
  expect(judgeHostKey(entries, '[cluster.example]:2222', key)).toEqual({ kind: 'known' });
  expect(judgeHostKey(entries, 'deepx', Buffer.from(ECDSA, 'base64'))).toEqual({ kind: 'known' });
  expect(entries.map(({ names }) => names.startsWith('|1|'))).toEqual([hash, hash]);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

it('adds to a file whose last line has no end', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('known_hosts', `a ssh-ed25519 ${ED25519}`);
  await saveKnownHost(file, 'b', key, false);
  expect((await readKnownHosts([file], silent)).map(({ names, line }) => [names, line])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

it('goes on without a file that cannot be read, which is told', async () => {
  using folder = new TemporaryFolder();
  const file = folder.write('known_hosts', `a ssh-ed25519 ${ED25519}\n`);
  const told: string[] = [];
  const entries = await readKnownHosts([folder.path, file], (message) => told.push(message));
  expect(entries.map(({ names }) => names)).toEqual(['a']);
  expect(told).toEqual([expect.stringContaining(`${folder.path} cannot be read`)]);
});

it('shows keys as ssh does', () => {
  expect(fingerprint(key)).toBe('SHA256:aLSowt793uU+2fWw/WpgiWIJ6GKAKbmCYdsfs6cNi9Y');
  expect(keyType(key)).toBe('ssh-ed25519');
  expect(keyType(Buffer.alloc(2))).toBe('');
});
