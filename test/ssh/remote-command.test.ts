import type { ServerChannel } from 'ssh2';
import { expect, it } from 'vitest';
import { deferred } from '../../src/lib/wait.js';
import { keepCommand } from '../../src/ssh/command-sessions.js';
import { runScript } from '../../src/ssh/remote-command.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline } from '../tunnel/fixtures.js';
import { logIn, startSshServer } from './ssh-server.js';

/** A server that does this, whatever it was asked to run: `command="…"` of an account (sshd(8)). */
async function startForcing(folder: TemporaryFolder, command: (channel: ServerChannel) => void) {
  return startSshServer(folder, {
    login: () => true,
    onConnection: (connection) =>
      void connection.on('session', (accept) =>
        accept().on('exec', (acceptExec) =>
          command(
            acceptExec()
              .on('error', () => {})
              .resume(),
          ),
        ),
      ),
  });
}

const sayYes = (channel: ServerChannel) => {
  const more = () => {
    while (channel.writable && channel.write('yes\n'.repeat(8000)));
    channel.once('drain', more);
  };
  more();
};

it('a script in whose place something runs that never ends comes back in time', async () => {
  using folder = new TemporaryFolder();
  // sshd confirms no close for as long as the command runs.
  await using server = await startForcing(folder, (channel) => {
    channel.close = () => {};
  });
  await using connection = await logIn(server.target);
  await expect(runScript(connection, 'echo', [], deadline(), 50)).resolves.toBeNull();
});

it('a script in whose place something prints without an end comes back', async () => {
  using folder = new TemporaryFolder();
  await using server = await startForcing(folder, sayYes);
  await using connection = await logIn(server.target);
  await expect(runScript(connection, 'echo', [], deadline(), 60_000)).resolves.toBeNull();
});

it('a kept command in whose place something prints without an end is ended', async () => {
  using folder = new TemporaryFolder();
  const { promise, resolve } = deferred<void>();
  await using server = await startForcing(folder, (channel) => {
    channel.once('close', resolve);
    sayYes(channel);
  });
  await using connection = await logIn(server.target);
  keepCommand(connection, 'mark', { signal: deadline(), timeoutMs: 5000 });
  await promise;
});
