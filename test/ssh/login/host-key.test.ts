import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { untilAborted } from '../../../src/lib/wait.js';
import { fingerprint } from '../../../src/ssh/login/known-hosts.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { logIn, personWho, startSshServer, type TestServer } from '../ssh-server.js';

const anybody = { login: () => true };
const QUESTION = 'is not known yet';
const shown = ({ hostKey }: TestServer) =>
  fingerprint(Buffer.from(hostKey.public.split(' ')[1] ?? '', 'base64'));

describe('the key of a host that nobody knows', () => {
  it.each(['yes', 'the fingerprint'])('is taken and saved when the person says %s', async (word) => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, anybody);
    const knownHostsFile = folder.write('new', '');
    const person = personWho({ [QUESTION]: word === 'yes' ? word : shown(server) });
    await using _connection = await logIn({ ...server.target, knownHostsFile, person });
    expect(person.questions).toEqual([expect.stringContaining(`ecdsa-sha2-nistp256 ${shown(server)}`)]);
    expect(readFileSync(knownHostsFile, 'utf8')).toContain(`[127.0.0.1]:${server.port} ecdsa-sha2-nistp256 `);

    await using _again = await logIn({ ...server.target, knownHostsFile });
  });

  it.each([
    ['no', 1],
    [`SHA256:${'A'.repeat(43)}`, 2],
  ])('is refused when the person says %s', async (word, questions) => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, anybody);
    const knownHostsFile = folder.write('new', '');
    const person = personWho({ [QUESTION]: word });
    await expect(logIn({ ...server.target, knownHostsFile, person })).rejects.toMatchObject({
      code: 'E_SSH_HOST_KEY',
      message: expect.stringContaining('is not in known_hosts'),
    });
    expect(person.questions).toHaveLength(questions);
    expect(readFileSync(knownHostsFile, 'utf8')).toBe('');
  });

  it('is refused without a question when nobody is there', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, anybody);
    await expect(logIn({ ...server.target, knownHostsFile: folder.write('new', '') })).rejects.toMatchObject({
      code: 'E_SSH_HOST_KEY',
    });
    expect(server.attempts).toEqual([]);
  });
});

it('that is revoked or has changed is refused without a question', async () => {
  using folder = new TemporaryFolder();
  await using server = await startSshServer(folder, anybody);
  await using other = await startSshServer(folder, anybody);
  const person = personWho({ [QUESTION]: 'yes' });
  const name = `[127.0.0.1]:${server.port}`;
  const revoked = folder.write('revoked', `@revoked * ${server.hostKey.public}\n`);
  const changed = folder.write('changed', `\n${name} ${other.hostKey.public}\n`);
  await expect(logIn({ ...server.target, knownHostsFile: revoked, person })).rejects.toMatchObject({
    code: 'E_SSH_HOST_KEY',
    message: expect.stringContaining(`is revoked by ${revoked}:1`),
  });
  await expect(logIn({ ...server.target, knownHostsFile: changed, person })).rejects.toMatchObject({
    code: 'E_SSH_HOST_KEY',
    message: expect.stringContaining(`${changed}:2`),
    fix: expect.stringContaining(`ssh-keygen -R '${name}' -f '${changed}'`),
  });
  expect(person.questions).toEqual([]);
});

it('that has changed is to be forgotten in every file that has the old one', async () => {
  using folder = new TemporaryFolder();
  await using server = await startSshServer(folder, anybody);
  await using other = await startSshServer(folder, anybody);
  const name = `[127.0.0.1]:${server.port}`;
  const old = `${name} ${other.hostKey.public}\n`;
  const files = [folder.write('first', old), folder.write("Bob's", old)];
  const configFile = folder.write(
    'config',
    `UserKnownHostsFile ${files.map((file) => `"${file}"`).join(' ')}\n`,
  );
  const host = `user@127.0.0.1:${server.port}`;
  await expect(logIn({ host, configFile })).rejects.toMatchObject({
    fix: expect.stringContaining(
      `ssh-keygen -R '${name}' -f '${files[0]}' && ssh-keygen -R '${name}' -f '${folder.path}/Bob'\\''s'`,
    ),
  });
});

describe('at a re-key', () => {
  /** A server that renews the keys of its one connection, and shows another host key then if it shall. */
  async function rekeyed(folder: TemporaryFolder, hostKey?: string) {
    let connection: ssh2.Connection | undefined;
    const server = await startSshServer(folder, {
      ...anybody,
      onConnection: (one) => {
        connection = one;
      },
    });
    const client = await logIn(server.target);
    if (hostKey !== undefined) {
      const key = ssh2.utils.parseKey(hostKey);
      // ssh2's server has no way to change its key.
      (connection as unknown as { _protocol: { _hostKeys: object } })._protocol._hostKeys = {
        'ecdsa-sha2-nistp256': key,
      };
    }
    const renewed = new Promise<void>((resolve) => connection?.rekey(() => resolve()));
    return { server, client, renewed };
  }

  it('the same key goes on', async () => {
    using folder = new TemporaryFolder();
    const { server, client, renewed } = await rekeyed(folder);
    await using _server = server;
    await using _client = client;
    await renewed;
    expect(client.ended.aborted).toBe(false);
  });

  it('another one ends the connection', async () => {
    using folder = new TemporaryFolder();
    const other = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const { server, client } = await rekeyed(folder, other.private);
    await using _server = server;
    await using _client = client;
    await expect(untilAborted(client.ended)).rejects.toThrow(
      'at a re-key the server showed another host key than before',
    );
  });
});
