import { once } from 'node:events';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuestError } from '../../../src/guest/machine.js';
import { holdSocket } from '../../../src/guest/sandbox/sockets.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

describe.runIf(process.platform === 'linux')('an agent’s socket', () => {
  let folder: TemporaryFolder;
  let path: string;
  let agent: Server;

  beforeEach(async () => {
    folder = new TemporaryFolder();
    path = join(folder.path, 'agent');
    agent = createServer((client) => client.end('the agent'));
    agent.listen(path);
    await once(agent, 'listening');
  });
  afterEach(() => {
    agent.close();
    folder[Symbol.dispose]();
  });

  it('is reached whatever its path leads to by now', async () => {
    await using socket = await holdSocket(path);
    await rename(path, `${path}.old`);
    await symlink('/run/another', path);
    const [said] = await once(connect(socket.path), 'data');
    expect(String(said)).toBe('the agent');
  });

  it('has no path any more once it is let go', async () => {
    const socket = await holdSocket(path);
    await socket[Symbol.asyncDispose]();
    expect(() => socket.path).toThrow(GuestError);
  });

  it('is neither a link nor a file', async () => {
    await symlink(path, `${path}.link`);
    await writeFile(`${path}.file`, '');
    await expect(holdSocket(`${path}.link`)).rejects.toThrow(/is not a socket|ELOOP/);
    await expect(holdSocket(`${path}.file`)).rejects.toThrow(/is not a socket/);
  });
});
