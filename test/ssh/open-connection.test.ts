import { describe, expect, it } from 'vitest';
import { resolveTarget, type TargetOptions } from '../../src/ssh/host/target.js';
import { openConnection } from '../../src/ssh/open-connection.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline } from '../tunnel/fixtures.js';
import { personWho, startSshServer } from './ssh-server.js';

async function open(options: TargetOptions) {
  const signal = deadline();
  const waits: string[] = [];
  const opening = {
    signal,
    keepaliveMs: 5000,
    onAuthenticating: () => {},
    onAwaitingPerson: (message: string) => waits.push(message),
  };
  const connection = openConnection(await resolveTarget(options, signal), options, opening);
  return { waits, connection };
}

describe('a login that took a code before', () => {
  it('waits for the person before it bothers the server again', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, { login: () => true });
    const person = personWho({ 'Press Enter': '' });
    person.codes.add('user@cluster.example');
    const { waits, connection } = await open({ ...server.target, person });
    await using _connection = await connection;
    expect(waits).toEqual([expect.stringContaining('user@cluster.example asks for a code at every login')]);
    expect(person.questions).toHaveLength(1);
  });

  it('is given up, without a connection, when nobody comes', async () => {
    using folder = new TemporaryFolder();
    await using server = await startSshServer(folder, { login: () => true });
    const person = personWho({});
    person.codes.add('user@cluster.example');
    const { connection } = await open({ ...server.target, person });
    await expect(connection).rejects.toMatchObject({ code: 'E_SSH_AUTH' });
    expect(server.connections).toBe(0);
  });
});

it('without codes waits for nobody', async () => {
  using folder = new TemporaryFolder();
  await using server = await startSshServer(folder, { login: () => true });
  const { waits, connection } = await open({ ...server.target, person: personWho({}) });
  await using _connection = await connection;
  expect(waits).toEqual([]);
});
