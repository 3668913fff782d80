/** The fault table against real things: OpenSSH on both sides, our env server, our tunnel, the kernel's packet filter. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { freePort } from '../../src/platform/ports.js';
import { trainingYaml } from '../doctor/world.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

interface Report {
  verdict: { kind: string; check?: string; seen?: string; mend?: string };
  checks: { id: string; status: string; seen: string; durationMs: number }[];
  durationMs: number;
}

describeWith('sshd', 'arpo-env doctor against real things', () => {
  let cluster: Cluster;
  let folder: TemporaryFolder;
  let sshConfig: string;
  let serverPort: number;
  let remotePort: number;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    cluster = await startCluster({ signal: AbortSignal.timeout(15_000), prefer: 'sshd' });
    [serverPort, remotePort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${remotePort}`;
    folder = new TemporaryFolder({
      'repo/configs/smoke_remote_env_tunnel.yaml': trainingYaml({ url }).join('\n'),
    });
    sshConfig = folder.write('ssh_config', sshConfigText(cluster.port));
    folder.write('arpo-env.config.yaml', configText());
    env = { ARPO_ENV_STATE_DIR: join(folder.path, 'state'), HOME: folder.path, NO_COLOR: '1' };
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  function sshConfigText(port: number): string {
    return [
      'Host deepx',
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      `  User ${cluster.user}`,
      `  IdentityFile ${cluster.identityFile}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${cluster.knownHostsFile}`,
      '  GlobalKnownHostsFile none',
      '',
    ].join('\n');
  }

  function configText(): string {
    return JSON.stringify({
      provider: 'sim',
      server: { port: serverPort },
      tunnel: { host: 'deepx', remotePort },
      cluster: { repo: join(folder.path, 'repo') },
    });
  }

  const command = (...args: string[]) =>
    execa(process.execPath, [bin, ...args], { cwd: folder.path, env, reject: false, stdin: 'ignore' });

  async function doctor(...args: string[]): Promise<Report & { exitCode: number | undefined }> {
    const { stdout, stderr, exitCode } = await command(
      'doctor',
      '--role',
      'vm',
      '--ssh-config',
      sshConfig,
      '--json',
      ...args,
    );
    if (!stdout.startsWith('{"role"')) throw new Error(`${stdout}${stderr}`);
    return { ...(JSON.parse(stdout) as Report), exitCode };
  }

  const broken = (report: Report) =>
    report.checks.filter(({ status }) => status === 'fail').map(({ id, seen }) => `${id}: ${seen}`);

  async function startServer(): Promise<Running> {
    const server = command('serve', '--provider', 'sim');
    await eventually(async () =>
      expect((await fetch(`http://127.0.0.1:${serverPort}/health`)).status).toBe(200),
    );
    return running(server);
  }

  async function startTunnel(): Promise<Running> {
    const tunnel = command('tunnel', '--ssh-config', sshConfig);
    await eventually(async () =>
      expect((await fetch(`http://127.0.0.1:${remotePort}/health`)).ok).toBe(true),
    );
    return running(tunnel);
  }

  it('finds nothing broken when all is well, within its time', async () => {
    await using _server = await startServer();
    await using _tunnel = await startTunnel();
    const report = await doctor();
    expect(broken(report)).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.checks.filter(({ status }) => status === 'pass').length).toBeGreaterThan(40);
  });

  it('no server, no tunnel: the server is named, being nearer', async () => {
    const report = await doctor();
    expect(report).toMatchObject({
      exitCode: 3,
      verdict: { check: 'server.listening', mend: 'arpo-env serve --detach' },
    });
  });

  it('no tunnel', async () => {
    await using _server = await startServer();
    const report = await doctor();
    expect(report.verdict).toMatchObject({ check: 'tunnel.running', mend: 'arpo-env tunnel deepx' });
  });

  it('a tunnel without a server behind it', async () => {
    const server = await startServer();
    await using _tunnel = await startTunnel();
    await server[Symbol.asyncDispose]();
    expect((await doctor()).verdict).toMatchObject({ check: 'server.listening' });
    // From the cluster alone the tunnel's own answer says it.
    expect((await doctor('--role', 'cluster')).verdict).toMatchObject({ check: 'cluster.bad-gateway' });
  });

  it('something else on the server’s port', async () => {
    await using _other = await listen(serverPort);
    expect((await doctor()).verdict).toMatchObject({
      check: 'server.identity',
      seen: expect.stringContaining(`pid ${process.pid}`),
    });
  });

  it('something else on the cluster’s port', async () => {
    await using _server = await startServer();
    await using _other = await listen(remotePort);
    expect((await doctor()).verdict).toMatchObject({
      check: 'tunnel.owner',
      seen: expect.stringContaining(`pid ${process.pid}`),
    });
  });

  it('a wrong key, an open key, an unknown host key, a closed port', async () => {
    await using _server = await startServer();
    const good = await readFile(sshConfig, 'utf8');
    const authorized = join(dirname(cluster.identityFile), 'authorized_keys');
    const keys = await readFile(authorized, 'utf8');
    const verdicts: unknown[] = [];
    try {
      await writeFile(authorized, '');
      verdicts.push((await doctor()).verdict.check);
      await writeFile(authorized, keys);

      await chmod(cluster.identityFile, 0o644);
      verdicts.push((await doctor()).verdict.check);
      await command('doctor', '--role', 'vm', '--ssh-config', sshConfig, '--fix', '--yes');
      verdicts.push((await doctor()).verdict.check);

      await writeFile(sshConfig, good.replace(cluster.knownHostsFile, '/dev/null'));
      verdicts.push((await doctor()).verdict.check);

      await writeFile(sshConfig, sshConfigText(await freePort()));
      verdicts.push((await doctor()).verdict.check);
    } finally {
      await chmod(cluster.identityFile, 0o600);
      await writeFile(authorized, keys);
      await writeFile(sshConfig, good);
    }
    expect(verdicts).toEqual(['ssh.auth', 'ssh.key-file', 'tunnel.running', 'ssh.host-key', 'ssh.tcp']);
  });

  it('an account that may not forward', async () => {
    await using _server = await startServer();
    const authorized = join(dirname(cluster.identityFile), 'authorized_keys');
    const keys = await readFile(authorized, 'utf8');
    try {
      await writeFile(authorized, `restrict ${keys}`);
      expect((await doctor()).verdict).toMatchObject({ check: 'sshd.forwarding' });
    } finally {
      await writeFile(authorized, keys);
    }
  });

  it("the trainer's config, with max_steps one too few", async () => {
    await using _server = await startServer();
    await using _tunnel = await startTunnel();
    const file = join(folder.path, 'repo/configs/smoke_remote_env_tunnel.yaml');
    const text = await readFile(file, 'utf8');
    try {
      await writeFile(file, text.replace('max_steps: 16', 'max_steps: 15'));
      expect((await doctor()).verdict).toMatchObject({ check: 'trainer.max-steps' });
      // The same script runs on the cluster itself.
      expect((await doctor('--role', 'cluster')).verdict).toMatchObject({ check: 'trainer.max-steps' });
    } finally {
      await writeFile(file, text);
    }
  });

  it('a dead session that holds the port', async () => {
    await using _server = await startServer();
    const tunnel = await startTunnel();
    const stopped = await sessionsOf(cluster);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      expect((await doctor()).verdict).toMatchObject({ check: 'tunnel.stale' });
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGKILL');
      await tunnel[Symbol.asyncDispose]();
    }
  });

  it('writes a bundle without the token', async () => {
    const token = 'a-token-that-nobody-may-see';
    const file = join(folder.path, 'bundle.tar.gz');
    await mkdir(join(folder.path, 'state/logs'), { recursive: true });
    await writeFile(
      join(folder.path, 'state/logs/server-1.log'),
      `{"msg":"authorization: Bearer ${token}"}\n`,
    );
    await execa(process.execPath, [bin, 'doctor', '--role', 'vm', '--only', 'config', '--bundle', file], {
      cwd: folder.path,
      env: { ...env, ARPO_ENV_TOKEN: token },
      reject: false,
    });
    const { stdout } = await execa('tar', ['-xzOf', file]);
    expect(stdout).toContain('server.port');
    expect(stdout).not.toContain(token);
  });
});

describeWith('iptables', 'arpo-env doctor against the kernel’s packet filter', () => {
  const nft = (rule: string) =>
    `nft 'add table inet t; add chain inet t in { type filter hook input priority 0; policy accept; }; add rule inet t in ${rule}'`;
  const direct = 'cluster: { host: 198.51.100.20, envUrl: "http://198.51.100.7:18099" }';

  it.runIf(process.getuid?.() === 0).each([
    [
      'iptables on loopback',
      'iptables -A INPUT -p tcp --dport 18099 -j DROP',
      '',
      'firewall.loopback',
      '--dport 18099 -j DROP',
    ],
    ['nftables on loopback', nft('tcp dport { 22, 18099 } drop'), '', 'firewall.loopback', "nft's inet t in"],
    [
      'iptables, from outside',
      'iptables -A INPUT ! -i lo -p tcp --dport 18000:18999 -j REJECT',
      direct,
      'firewall.iptables',
      '-j REJECT',
    ],
    [
      'iptables, other sources',
      'iptables -P INPUT DROP; iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -s 203.0.113.0/24 -j ACCEPT',
      direct,
      'firewall.iptables',
      'the policy of INPUT',
    ],
    [
      'nftables, from outside',
      nft('ip saddr 198.51.100.0/24 tcp dport 18099 reject'),
      direct,
      'firewall.nft',
      'reject',
    ],
    ['nothing in the way', nft('ip saddr 203.0.113.0/24 tcp dport 18099 drop'), direct, undefined, undefined],
  ])('%s', async (_name, rules, more, check, seen) => {
    using folder = new TemporaryFolder({
      'arpo-env.config.yaml': `provider: sim\nserver: { port: 18099, host: 0.0.0.0, insecure: true }\n${more}\n`,
    });
    // A network namespace of its own: this machine's rules are left alone.
    const script = `set -e; ip link set lo up; ${rules}; exec "$0" "$@"`;
    const command = [process.execPath, bin, 'doctor', '--role', 'vm', '--json', '--only', 'firewall'];
    const { stdout, stderr } = await execa('unshare', ['-n', 'sh', '-c', script, ...command], {
      cwd: folder.path,
      env: {
        HOME: folder.path,
        ARPO_ENV_STATE_DIR: folder.path,
        PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
      },
      reject: false,
    });
    if (!stdout.startsWith('{"role"')) throw new Error(`${stdout}${stderr}`);
    const { verdict } = JSON.parse(stdout) as Report;
    if (check === undefined) expect(verdict.kind).toBe('healthy');
    else expect(verdict).toMatchObject({ check, seen: expect.stringContaining(seen) });
  });
});

describe('the cluster script', () => {
  it('is POSIX shell', async () => {
    const { clusterScript } = await import('../../src/doctor/cluster/script.js');
    const input = clusterScript({
      url: new URL('http://127.0.0.1:1'),
      port: 1,
      rayPort: 2,
      repo: "a'b $(c)",
      trainingConfig: 'x',
      condaEnv: 'y',
    });
    for (const shell of ['dash', 'bash']) {
      const { stdout, stderr } = await execa(shell, ['-s'], { input });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^end=yes$/m);
      expect(stdout).toContain("repo=a'b $(c)");
    }
  });
});

type Running = AsyncDisposable;

function running(child: PromiseLike<unknown> & { kill(signal: 'SIGTERM'): boolean }): Running {
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await child;
    },
  };
}

async function listen(port: number): Promise<AsyncDisposable> {
  const server: Server = createServer((_request, response) => response.writeHead(404).end('nothing of ours'));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The processes that serve sessions, by the title that sshd gives them. */
async function sessionsOf(_cluster: Cluster): Promise<number[]> {
  const { descendants } = await import('../../src/demo/process-tree.js');
  const found: number[] = [];
  for (const pid of await descendants(process.pid)) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/^sshd(-session)?: \S+@notty/.test(title)) found.push(pid);
  }
  return found;
}
