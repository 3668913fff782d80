/** Jump hosts and proxy commands, to SSH servers of this process. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identifyProcess } from '../../../src/host/process.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { logIn, personWho, startSshServer, type TestServer } from '../ssh-server.js';

afterEach(() => void vi.unstubAllEnvs());

/** Without an ssh program our own reading of this file counts. */
function sshConfig(folder: TemporaryFolder, text: string): string {
  vi.stubEnv('PATH', '/nowhere');
  return folder.write('ssh_config', text);
}

const block = (name: string, server: TestServer, more = '') =>
  `Host ${name}\n  HostName 127.0.0.1\n  Port ${server.port}\n  User user\n  UserKnownHostsFile ${server.target.knownHostsFile}\n${more}\n`;

const anybody = { login: () => true };

describe('jump hosts', () => {
  it('are gone through one after the other', async () => {
    using folder = new TemporaryFolder();
    await using first = await startSshServer(folder, anybody);
    await using second = await startSshServer(folder, anybody);
    await using server = await startSshServer(folder, anybody);
    const configFile = sshConfig(
      folder,
      block('a', first) + block('b', second, '  ProxyJump wrong') + block('deepx', server, '  ProxyJump a,b'),
    );

    await using connection = await logIn({ host: 'deepx', configFile });

    expect(connection.target.port).toBe(server.port);
    expect([first, second, server].map(({ connections }) => connections)).toEqual([1, 1, 1]);
  });

  it('end with the connection, and the connection with them', async () => {
    using folder = new TemporaryFolder();
    await using bastion = await startSshServer(folder, anybody);
    await using server = await startSshServer(folder, anybody);
    const configFile = sshConfig(folder, block('bastion', bastion) + block('deepx', server));
    const connection = await logIn({ host: 'deepx', jump: 'bastion', configFile });
    await connection[Symbol.asyncDispose]();
    await vi.waitFor(() => expect([bastion.open, server.open]).toEqual([0, 0]));

    await using again = await logIn({ host: 'deepx', jump: 'bastion', configFile });
    const ended = new Promise((resolve) => again.ended.addEventListener('abort', resolve));
    bastion.drop();
    await ended;
    expect(again.ended.reason).toMatchObject({ reason: 'connection-lost' });
  });

  it('that lead to nobody say so', async () => {
    using folder = new TemporaryFolder();
    await using bastion = await startSshServer(folder, anybody);
    const configFile = sshConfig(
      folder,
      `${block('bastion', bastion)}Host deepx\n  HostName 127.0.0.1\n  Port 1\n`,
    );
    await expect(logIn({ host: 'deepx', jump: 'bastion', configFile })).rejects.toMatchObject({
      code: 'E_SSH_HOST',
      message: expect.stringContaining('the jump host bastion cannot reach 127.0.0.1:1'),
    });
    await vi.waitFor(() => expect(bastion.open).toBe(0));
  });

  it('have a key of their own to be known by', async () => {
    using folder = new TemporaryFolder();
    await using bastion = await startSshServer(folder, anybody);
    await using server = await startSshServer(folder, anybody);
    const configFile = sshConfig(
      folder,
      block('bastion', { ...bastion, target: server.target }) + block('deepx', server),
    );
    await expect(logIn({ host: 'deepx', jump: 'bastion', configFile })).rejects.toMatchObject({
      code: 'E_SSH_HOST_KEY',
      message: expect.stringContaining('bastion'),
    });
    expect(server.connections).toBe(0);
  });

  it('that jump through each other are an error, not an endless way', async () => {
    using folder = new TemporaryFolder();
    const configFile = sshConfig(folder, 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n');
    await expect(logIn({ host: 'a', configFile })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('jump through each other'),
    });
  });
});

describe('a ProxyCommand', () => {
  /** A program that connects its stdin and stdout to host $2, port $3, and writes its pid into a file. */
  function proxy(folder: TemporaryFolder, script: string): string {
    const path = folder.write('proxy.mjs', `#!${process.execPath}\n${script}`);
    chmodSync(path, 0o755);
    return path;
  }
  const RELAY = `
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
const [, , file, host, port, user] = process.argv;
writeFileSync(file, [process.pid, host, port, user].join(' '));
const socket = connect(Number(port), host);
process.stdin.pipe(socket).pipe(process.stdout);
process.stdin.on('end', () => setInterval(() => {}, 1000)); // does not end by itself
`;

  it('carries the connection, and is ended with it', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, anybody);
    const command = `${proxy(folder, RELAY)} '${folder.path}/a file' %h %p "%r%%"`;
    const configFile = sshConfig(folder, block('deepx', server, `  ProxyCommand ${command}`));
    const connection = await logIn({ host: 'deepx', configFile });
    const [pid, ...words] = readFileSync(`${folder.path}/a file`, 'utf8').split(' ');
    expect(words).toEqual(['127.0.0.1', String(server.port), 'user%']);

    await connection[Symbol.asyncDispose]();

    expect(await identifyProcess(Number(pid))).toBeNull();
  });

  it('that ends says what it had to say', async () => {
    using folder = new TemporaryFolder();
    const command = proxy(folder, "console.error('no such gate'); process.exit(3);");
    const configFile = sshConfig(folder, `Host deepx\n  ProxyCommand ${command}\n`);
    await expect(logIn({ host: 'deepx', configFile })).rejects.toMatchObject({
      code: 'E_SSH_HOST',
      message: expect.stringContaining('ended with exit code 3: no such gate'),
    });
  });

  it.each([
    ['a host that a shell would read', { host: 'deepx', user: '$(touch oops)' }, 'E_USAGE'],
    ['a user that looks like an option', { host: 'deepx', user: '-x' }, 'E_USAGE'],
    ['a token that only ssh knows', { host: 'tokens' }, 'E_CONFIG'],
  ])('is not run with %s', async (_title, target, code) => {
    using folder = new TemporaryFolder();
    const configFile = sshConfig(
      folder,
      `Host tokens\n  ProxyCommand touch ${folder.path}/oops %C\nHost *\n  ProxyCommand touch ${folder.path}/oops %r\n`,
    );
    await expect(logIn({ ...target, configFile })).rejects.toMatchObject({ code });
    expect(existsSync(`${folder.path}/oops`)).toBe(false);
  });
});

it('tells once what of ssh_config was left out', async () => {
  using folder = new TemporaryFolder();
  await using server = await startSshServer(folder, anybody);
  const configFile = sshConfig(folder, `Match user x\n  Port 1\n${block('deepx', server)}`);
  const person = personWho({});
  await using _first = await logIn({ host: 'deepx', configFile, person });
  await using _second = await logIn({ host: 'deepx', configFile, person });
  expect(person.told).toEqual([expect.stringContaining('Match user x')]);
});
