import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { freePort } from '../../src/host/ports.js';
import { descendants } from '../../src/host/process-table.js';
import { stateFolder } from '../../src/runs/state-folder.js';
import { machineId } from '../../src/tunnel/claim/machine-id.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecorded, startService } from '../tunnel/fixtures.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

describeWith('sshd', 'the tunnel through a real sshd', () => {
  let cluster: Cluster;
  /** An ssh_config that names the cluster's known_hosts. */
  let knownHostsConfig: string;

  beforeAll(async () => {
    cluster = await startCluster({ signal: deadline(), prefer: 'sshd' });
    knownHostsConfig = join(dirname(cluster.identityFile), 'ssh_config');
    await writeFile(knownHostsConfig, `Host *\n  UserKnownHostsFile ${cluster.knownHostsFile}\n`);
  });

  afterAll(() => cluster[Symbol.asyncDispose]());

  /** The processes that serve sessions, by the title that sshd gives them: not its listener, monitors or the shells. */
  async function sessions(): Promise<number[]> {
    const found: number[] = [];
    for (const pid of await descendants(process.pid)) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (/^sshd(-session)?: \S+@notty/.test(command)) found.push(pid);
    }
    return found;
  }

  async function freezeSessions(): Promise<number[]> {
    const pids = await sessions();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return pids;
  }

  /** The cluster as flags of `arpo-env tunnel`. */
  function cliTarget(): string[] {
    const { user, host, port, identityFile } = cluster;
    return [`${user}@${host}:${port}`, '-i', identityFile, '--ssh-config', knownHostsConfig];
  }

  function forwardTo(service: { port: number }, port: number) {
    return { forwards: [{ bind: '127.0.0.1', port, local: { host: '127.0.0.1', port: service.port } }] };
  }

  it('carries requests and large bodies', async () => {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());

    const bodies = [randomBytes(8 * 2 ** 20), ...Array.from({ length: 20 }, () => randomBytes(50_000))];
    const intact = await Promise.all(
      bodies.map(async (body) => {
        const response = await fetch(`${tunnel.url}/echo`, { method: 'POST', body });
        return Buffer.from(await response.arrayBuffer()).equals(body);
      }),
    );

    expect(intact).toEqual(bodies.map(() => true));
  });

  it('comes back when its session is killed', async () => {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());
    const { url } = tunnel;

    await cluster.dropConnections();
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect(tunnel.url).toBe(url);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('comes back when its session is frozen and still holds the port, which it frees', async () => {
    await using service = await startService();
    await using tunnel = openRecorded(cluster, service, { keepaliveMs: 400 });
    await tunnel.up(deadline());
    const { url } = tunnel;

    const frozen = await freezeSessions();
    await tunnel.event(({ reason }) => reason === 'silent');
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === 1);

    expect(tunnel.url).toBe(url);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await vi.waitFor(async () =>
      expect((await sessions()).filter((pid) => frozen.includes(pid))).toEqual([]),
    );
  });

  it('leaves no session and no listener behind when disposed', async () => {
    await using service = await startService();
    const tunnel = openRecorded(cluster, service);
    await tunnel.up(deadline());
    const [{ port } = { port: 0 }] = tunnel.forwards;

    await tunnel[Symbol.asyncDispose]();

    expect(await freePort(port)).toBe(port);
    await vi.waitFor(async () => expect(await sessions()).toEqual([]));
  });

  describe('a port that is held', () => {
    it('by a dead session of an earlier run on this machine is freed', async () => {
      await using service = await startService();
      const port = await freePort();
      using state = new TemporaryFolder();
      const earlier = execa(
        process.execPath,
        [bin, 'tunnel', ...cliTarget(), '-R', `${port}:127.0.0.1:${service.port}`],
        {
          env: { ARPO_ENV_STATE_DIR: state.path, SSH_AUTH_SOCK: '' },
          cwd: state.path,
          reject: false,
          stdin: 'ignore',
        },
      );
      await once(createInterface(earlier.stdout), 'line'); // its URL: it is up
      await freezeSessions();
      earlier.kill('SIGKILL');
      await earlier;

      const machine = await machineId(stateFolder({ ARPO_ENV_STATE_DIR: state.path }).machineId);
      await using tunnel = openRecorded(cluster, service, { ...forwardTo(service, port), machine });
      await tunnel.up(deadline());

      expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
    });

    it('by a session that does not answer, of a process that still runs here, is left alone', async () => {
      await using service = await startService();
      const options = { ...forwardTo(service, await freePort()), machine: 'laptop-1' };
      await using first = openRecorded(cluster, service, options);
      await first.up(deadline());
      const frozen = await freezeSessions();

      await using second = openRecorded(cluster, service, options);
      await expect(second.up(deadline())).rejects.toMatchObject({ code: 'E_TUNNEL_PORT_HELD' });

      expect(await sessions()).toEqual(expect.arrayContaining(frozen));
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
    });

    it('by a dead session of another machine is named and left alone', async () => {
      await using service = await startService();
      const forwards = forwardTo(service, await freePort());
      const other = openRecorded(cluster, service, { ...forwards, machine: 'laptop-2' });
      await other.up(deadline());
      const frozen = await freezeSessions();
      await other[Symbol.asyncDispose]();

      await using tunnel = openRecorded(cluster, service, { ...forwards, machine: 'laptop-1' });
      await expect(tunnel.up(deadline())).rejects.toMatchObject({
        code: 'E_TUNNEL_PORT_HELD',
        message: expect.stringContaining(
          `is held by another arpo-env tunnel (pid ${process.pid} on its own machine`,
        ),
      });

      expect(await sessions()).toEqual(expect.arrayContaining(frozen));
      for (const pid of frozen) process.kill(pid, 'SIGKILL');
    });

    it('by a live tunnel of this machine is left alone', async () => {
      await using service = await startService();
      const options = { ...forwardTo(service, await freePort()), machine: 'laptop-1' };
      await using first = openRecorded(cluster, service, options);
      await first.up(deadline());

      await using second = openRecorded(cluster, service, options);
      await expect(second.up(deadline())).rejects.toMatchObject({ code: 'E_TUNNEL_PORT_HELD' });

      expect(first.state).toBe('up');
      expect((await fetch(`${first.url}/health`)).status).toBe(200);
    });

    it('by another process is named, with its user', async () => {
      const holder = createServer().listen(0, '127.0.0.1');
      await using service = await startService();
      await using tunnel = openRecorded(cluster, service, forwardTo(service, (await listening(holder)).port));

      await expect(tunnel.up(deadline())).rejects.toMatchObject({
        code: 'E_TUNNEL_PORT_HELD',
        message: expect.stringContaining(`user ${userInfo().username}`),
      });
      expect(holder.listening).toBe(true);
      holder.close();
    });
  });
});

async function listening(server: ReturnType<typeof createServer>): Promise<{ port: number }> {
  await vi.waitFor(() => expect(server.address()).not.toBeNull());
  return server.address() as { port: number };
}
