/** What a tunnel does to those around it, as `ssh -R` would: to the next start, to its terminal, to the host's other users. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { freePort } from '../../src/host/ports.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { deadline, startService } from '../tunnel/fixtures.js';
import { tunnelArgs } from './fixtures/cli-tunnel.js';
import { startTestSshd } from './fixtures/sshd.js';

const TIMES = { timeout: 30_000, interval: 20 };
const SOCKETS = /^arpo-env-ssh-/;

/** Every ssh that was started for this sandbox: the master and its small clients have its folder in their command lines. */
async function sshOf(sandbox: CliSandbox): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args=']);
  return stdout.split('\n').filter((args) => args.startsWith('ssh ') && args.includes(sandbox.folder.path));
}

describeWith('sshd', 'a tunnel over the system ssh that is killed without a word', () => {
  const nothingLeft = (sandbox: CliSandbox) =>
    vi.waitFor(async () => {
      expect(await sshOf(sandbox)).toEqual([]);
      expect(readdirSync(sandbox.folder.path).filter((name) => SOCKETS.test(name))).toEqual([]);
    }, TIMES);

  it('leaves neither its ssh nor files, and the next start gets the port', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const port = await freePort();
    const args = [...tunnelArgs(sandbox, sshd, service.port, port), '--transport', 'openssh'];

    const first = sandbox.start(args);
    await first.readUntil(/http:\S+/);
    expect(await sshOf(sandbox)).not.toEqual([]);
    first.child.kill('SIGKILL');
    await first.waitForExit();
    await nothingLeft(sandbox);

    const second = sandbox.start(args);
    const [url] = await second.readUntil(/http:\S+/);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${url}/health`, { signal: deadline() })).status).toBe(200);
    expect(second.stderr).not.toContain('held by');
  });

  it('leaves nothing either when it was not logged in yet', async () => {
    await using sandbox = new CliSandbox();
    const mute = createServer(() => {});
    try {
      mute.listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const { port } = mute.address() as AddressInfo;
      const host = `127.0.0.1:${port}`;
      const cli = sandbox.start(['tunnel', host, '--ssh-config', 'none', '--transport', 'openssh']);
      await vi.waitFor(async () => expect(await sshOf(sandbox)).not.toEqual([]), TIMES);
      cli.child.kill('SIGKILL');
      await cli.waitForExit();

      await nothingLeft(sandbox);
    } finally {
      mute.close();
    }
  });
});
