import type { AuthContext } from 'ssh2';
import { describe, expect, it, vi } from 'vitest';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { interact, logIn, personWho, type ServerOptions, startSshServer, writeKey } from '../ssh-server.js';

const passwords =
  (right: string): ServerOptions['login'] =>
  (context) =>
    (context.method === 'password' && context.password === right) || { methods: ['password'] };

const offersKey = (context: AuthContext, publicKey: string) =>
  context.method === 'publickey' && publicKey.includes(context.key.data.toString('base64'));

describe('a password', () => {
  it('is asked for, again when it was wrong, and remembered for the next login', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, { login: passwords('right') });
    const answers = { 'user@127.0.0.1': 'wrong' };
    const person = personWho(answers);
    const refused = logIn({ ...server.target, person });
    await expect(refused).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining('password: refused; password: refused; password: refused'),
    });
    answers['user@127.0.0.1'] = 'right';
    await using _first = await logIn({ ...server.target, person });
    await using _second = await logIn({ ...server.target, person });

    expect(person.questions).toEqual(Array(4).fill(`user@127.0.0.1:${server.port}'s password: `));
  });

  it('that does not hold any more is forgotten and asked for again', async () => {
    using folder = new TemporaryFolder();
    let right = 'old';
    await using server = await startSshServer(folder, {
      login: (context) => passwords(right)(context, server),
    });
    const answers = { password: 'old' };
    const person = personWho(answers);
    await using _first = await logIn({ ...server.target, person });
    right = 'new';
    answers.password = 'new';
    await using _second = await logIn({ ...server.target, person });

    expect(person.questions).toHaveLength(2);
    expect(server.attempts).toEqual(['password', 'password', 'password']);
  });

  it('cannot be had when nobody is there, which is said', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, { login: passwords('right') });
    await expect(logIn(server.target)).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining('password: nobody to ask'),
      fix: expect.stringContaining('answer at a terminal'),
    });
    expect(server.attempts).toEqual([]);
  });
});

describe('what a server says before it lets anybody in', () => {
  const banner = 'To confirm it, visit https://login.example/a/1\x1b[2J';
  const said = expect.stringContaining('says: To confirm it, visit https://login.example/a/1[2J');

  it('is told when the login waits for something, and only then', async () => {
    using folder = new TemporaryFolder();
    const person = personWho({});
    let confirmed = false;
    await using server = await startSshServer(folder, {
      banner,
      login: async () => {
        await vi.waitFor(() => expect(confirmed || person.told.length > 0).toBe(true), { timeout: 20_000 });
        return true;
      },
    });
    confirmed = true;
    await using _quick = await logIn({ ...server.target, person });
    expect(person.told).toEqual([]);
    confirmed = false;
    await using _slow = await logIn({ ...server.target, person });
    expect(person.told).toEqual([said]);
  });

  it('is told before a question, and part of why a login failed', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, { banner, login: passwords('right') });
    const person = personWho({ password: 'right' });
    await using _connection = await logIn({ ...server.target, person });
    expect(person.told).toEqual([said]);
    await expect(logIn(server.target)).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining('it says: To confirm it, visit https://login.example/a/1'),
    });
  });
});

it('of a banner that fills screens its last part is shown; one that is too long for us names the way', async () => {
  using folder = new TemporaryFolder();
  const person = personWho({ password: 'right' });
  const login = passwords('right');
  await using long = await startSshServer(folder, { banner: `${'x'.repeat(30_000)} the end`, login });
  await using _connection = await logIn({ ...long.target, person });
  expect(person.told).toEqual([expect.stringMatching(/says: x{1,16384} the end$/)]);
  await using longer = await startSshServer(folder, { banner: 'x'.repeat(60_000), login });
  await expect(logIn({ ...longer.target, person })).rejects.toMatchObject({
    code: 'E_SSH_HOST',
    fix: expect.stringContaining('--transport openssh'),
  });
});

describe('a second factor', () => {
  it('that is followed by the next one again and again ends the login', async () => {
    using folder = new TemporaryFolder();
    const key = writeKey(folder, 'id_ecdsa');
    await using server = await startSshServer(folder, {
      login: () => ({ methods: ['publickey', 'keyboard-interactive'], partial: true }),
    });
    await expect(logIn({ ...server.target, identityFiles: [key.path] })).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining('one more factor again and again'),
    });
  });

  const twoFactors =
    (publicKey: string): ServerOptions['login'] =>
    async (context) => {
      if (offersKey(context, publicKey)) return { methods: ['keyboard-interactive'], partial: true };
      if (context.method !== 'keyboard-interactive') return { methods: ['publickey'] };
      const [code] = await interact(context, [{ prompt: 'Verification code: ', echo: false }]);
      return code === '123456' || { methods: ['keyboard-interactive'] };
    };

  it('is asked for after the key, and at every login again', async () => {
    using folder = new TemporaryFolder();
    const key = writeKey(folder, 'id_ecdsa');
    await using server = await startSshServer(folder, { login: twoFactors(key.public) });
    const person = personWho({ 'Verification code': '123456' });
    const options = { ...server.target, identityFiles: [key.path], person };
    await using _first = await logIn(options);
    await using _second = await logIn(options);

    expect(person.questions).toEqual(Array(2).fill(`(user@127.0.0.1:${server.port}) Verification code: `));
    expect([...person.codes]).toEqual([`user@127.0.0.1:${server.port}`]);
    expect([...person.secrets]).toEqual([]);
  });

  it('without an answer ends the login', async () => {
    using folder = new TemporaryFolder();
    const key = writeKey(folder, 'id_ecdsa');
    await using server = await startSshServer(folder, { login: twoFactors(key.public) });
    const options = { ...server.target, identityFiles: [key.path], person: personWho({ code: null }) };
    await expect(logIn(options)).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining(`${key.path}: accepted, but not enough`),
    });
  });

  it('may be a password too, which is remembered', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, {
      login: async (context) => {
        if (context.method !== 'keyboard-interactive') return { methods: ['keyboard-interactive'] };
        const [password] = await interact(context, [{ prompt: 'Password: ', echo: false }]);
        return password === 'right' || { methods: ['keyboard-interactive'] };
      },
    });
    const person = personWho({ Password: 'right' });
    await using _first = await logIn({ ...server.target, person });
    await using _second = await logIn({ ...server.target, person });
    expect(person.questions).toHaveLength(1);
    expect([...person.codes]).toEqual([]);
  });
});

describe('an encrypted key', () => {
  it('is unlocked only for a server that accepts it, and once', async () => {
    using folder = new TemporaryFolder();
    const key = writeKey(folder, 'id_ecdsa', 'secret');
    let accepted = '';
    await using server = await startSshServer(folder, {
      login: (context) => offersKey(context, accepted) || { methods: ['publickey'] },
    });
    const person = personWho({ 'try again': 'secret', passphrase: 'wrong' });
    const options = { ...server.target, identityFiles: [key.path], person };
    await expect(logIn(options)).rejects.toMatchObject({
      message: expect.stringContaining(`${key.path}: refused`),
    });
    expect(person.questions).toEqual([]);

    accepted = key.public;
    await using _first = await logIn(options);
    await using _second = await logIn(options);
    expect(person.questions).toEqual([
      `Enter passphrase for ${key.path}: `,
      `Bad passphrase, try again for ${key.path}: `,
    ]);
  });

  it('that nobody unlocks is passed over', async () => {
    using folder = new TemporaryFolder();
    const key = writeKey(folder, 'id_ecdsa', 'secret');
    await using server = await startSshServer(folder, {
      login: (context) => offersKey(context, key.public) || { methods: ['publickey'] },
    });
    const options = { ...server.target, identityFiles: [key.path], person: personWho({ passphrase: null }) };
    await expect(logIn(options)).rejects.toMatchObject({
      code: 'E_SSH_AUTH',
      message: expect.stringContaining(`${key.path}: accepted, but not unlocked`),
    });
  });
});

it('tells what only the system ssh could have tried', async () => {
  using folder = new TemporaryFolder();
  const key = writeKey(folder, 'id_ecdsa');
  folder.write('id_ecdsa-cert.pub', 'a certificate');
  await using server = await startSshServer(folder, { login: () => ({ methods: ['publickey'] }) });
  await expect(logIn({ ...server.target, identityFiles: [key.path] })).rejects.toMatchObject({
    message: expect.stringContaining(
      `certificate ${key.path}-cert.pub: arpo-env's own SSH client does not support certificates`,
    ),
    fix: expect.stringContaining('--transport openssh'),
  });
});

it("keeps to ssh_config's PreferredAuthentications, in which a method may be missing", async () => {
  using folder = new TemporaryFolder();
  const key = writeKey(folder, 'id_ecdsa');
  await using server = await startSshServer(folder, {
    login: () => ({ methods: ['publickey', 'keyboard-interactive', 'password'] }),
  });
  const configFile = folder.write('ssh_config', 'PreferredAuthentications password,publickey\n');
  const options = { ...server.target, configFile, identityFiles: [key.path] };
  await expect(logIn({ ...options, person: personWho({ password: 'x' }) })).rejects.toMatchObject({
    code: 'E_SSH_AUTH',
  });
  expect(server.attempts).toEqual(['password', 'password', 'password', 'publickey']);
});
