/** What an sshd allows, or lets in too much: the tunnel makes do, or says what to ask for. */
import { readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { freePort } from '../../src/host/ports.js';
import { describeWith, findExecutable } from '../support/components.js';
import { deadline, openRecorded, startService } from '../tunnel/fixtures.js';

/** An address of this machine by which a connection does not come from loopback. */
const outsideAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describeWith('sshd', "a real sshd's rules", () => {
  let cluster: Cluster;
  let authorizedKeysFile: string;
  let authorizedKey: string;

  beforeAll(async () => {
    cluster = await startCluster({ signal: deadline(), prefer: 'sshd' });
    authorizedKeysFile = join(dirname(cluster.identityFile), 'authorized_keys');
    authorizedKey = await readFile(authorizedKeysFile, 'utf8');
  });

  beforeEach(() => writeFile(authorizedKeysFile, authorizedKey));

  afterAll(() => cluster[Symbol.asyncDispose]());

  function forwardTo(service: { port: number }, port: number) {
    return { forwards: [{ bind: '127.0.0.1', port, local: { host: '127.0.0.1', port: service.port } }] };
  }

  it.skipIf(outsideAddress === undefined)(
    "keeps other machines out although the server's GatewayPorts lets them in",
    async () => {
      const port = await freePort();
      const folder = dirname(cluster.identityFile);
      const args = [
        '-D',
        '-e',
        '-f',
        join(folder, 'sshd_config'),
        '-p',
        String(port),
        '-o',
        'GatewayPorts=yes',
      ];
      await using service = await startService();
      const sshd = execa(findExecutable('sshd') ?? '', args, {
        reject: false,
        buffer: false,
        stdio: 'ignore',
      });
      try {
        const knownHostsFile = join(folder, 'known_hosts_gateway');
        await using tunnel = openRecorded(cluster, service, { port, knownHostsFile, acceptNew: true });
        await tunnel.up(deadline());
        const [{ port: bound } = { port: 0 }] = tunnel.forwards;

        expect((await fetch(`http://127.0.0.1:${bound}/health`)).status).toBe(200);
        await expect(fetch(`http://${outsideAddress}:${bound}/health`)).rejects.toThrow('fetch failed');
        expect(tunnel.stats.rejected).toBeGreaterThan(0);
      } finally {
        sshd.kill();
        await sshd;
      }
    },
  );

  describe('what the server allows', () => {
    it.each(['restrict', 'permitlisten="127.0.0.1:1"'])(
      'no forward (%s) stops it with what to ask for',
      async (rule) => {
        await writeFile(authorizedKeysFile, `${rule} ${authorizedKey}`);
        await using service = await startService();
        await using tunnel = openRecorded(cluster, service, forwardTo(service, await freePort()));

        await expect(tunnel.up(deadline())).rejects.toMatchObject({
          code: 'E_TUNNEL_FORWARD',
          fix: expect.stringContaining('PermitListen'),
        });
      },
    );

    it.each(['permitopen="127.0.0.1:1"', 'restrict,port-forwarding,permitopen="127.0.0.1:1"'])(
      'no channel to test the forward with (%s) makes it test by a command',
      async (rule) => {
        await writeFile(authorizedKeysFile, `${rule} ${authorizedKey}`);
        await using service = await startService();
        await using tunnel = openRecorded(cluster, service);
        await tunnel.up(deadline());

        expect(tunnel.events.at(-1)).toMatchObject({ state: 'up', reason: 'probe-ok' });
        expect(tunnel.stats).toMatchObject({ rttMs: null, requests: 0 });
        expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
      },
    );

    it('neither channel nor command leaves it up, untested, which is said', async () => {
      const rules = 'permitopen="127.0.0.1:1",command="echo this account runs no commands"';
      await writeFile(authorizedKeysFile, `${rules} ${authorizedKey}`);
      await using service = await startService();
      await using tunnel = openRecorded(cluster, service);
      await tunnel.up(deadline());

      expect(tunnel.events.at(-1)).toMatchObject({
        state: 'up',
        reason: 'probe-forbidden',
        message: expect.stringContaining('not tested'),
      });
      expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
    });

    it('no command of ours (command="…") costs it nothing', async () => {
      await writeFile(authorizedKeysFile, `command="echo this account runs no commands" ${authorizedKey}`);
      await using service = await startService();
      await using tunnel = openRecorded(cluster, service);
      await tunnel.up(deadline());

      expect((await fetch(`${tunnel.url}/health`)).status).toBe(200);
    });
  });
});
