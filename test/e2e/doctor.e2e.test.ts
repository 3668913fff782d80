/** The fault table against real things: OpenSSH on both sides, our env server, our tunnel. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../src/demo/cluster.js';
import { freePort } from '../../src/host/ports.js';
import { trainingYaml } from '../doctor/answers.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { realFaultTable } from '../support/fault-table.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

interface Report {
  verdict: { kind: string; check?: string; seen?: string; fix?: string };
  checks: { id: string; status: string; seen: string; durationMs: number }[];
  durationMs: number;
}

describeWith('sshd', 'arpo-env doctor against real things', () => {
  const names = realFaultTable('OpenSSH, env server, tunnel');
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

  it('finds nothing broken when all is well', async () => {
    await using _server = await startServer();
    await using _tunnel = await startTunnel();
    const report = await doctor();
    expect(broken(report)).toEqual([]);
    expect(report.exitCode).toBe(0);
    expect(report.checks.filter(({ status }) => status === 'pass').length).toBeGreaterThan(40);
    const alone = await doctor('--only', 'config', 'machine', 'server', 'bind', 'firewall');
    const slowest = report.checks.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, 3);
    console.log(
      `a whole run: ${report.durationMs} ms with a cluster (aim: 5000), ${alone.durationMs} ms without (aim: 2000);`,
      `slowest: ${slowest.map(({ id, durationMs }) => `${id} ${durationMs} ms`).join(', ')}`,
    );
  });

  it('no server, no tunnel: the server is named, being nearer', async () => {
    const { exitCode, verdict } = await doctor();
    names('neither server nor tunnel', verdict, 'server.listening');
    expect(verdict.fix).toBe('arpo-env serve --detach');
    expect(exitCode).toBe(3);
  });

  it('no tunnel', async () => {
    await using _server = await startServer();
    const { verdict } = await doctor();
    names('no tunnel', verdict, 'tunnel.running');
    expect(verdict.fix).toBe(`arpo-env tunnel deepx --ssh-config ${sshConfig}`);
  });

  it('a tunnel without a server behind it', async () => {
    const server = await startServer();
    await using _tunnel = await startTunnel();
    await server[Symbol.asyncDispose]();
    names('a tunnel without a server', (await doctor()).verdict, 'server.listening');
    // From the cluster alone the tunnel's own answer says it.
    const fromCluster = (await doctor('--role', 'cluster')).verdict;
    names('the same, seen from the cluster', fromCluster, 'cluster.bad-gateway');
  });

  it('something else on the server’s port', async () => {
    await using _other = await listen(serverPort);
    const { verdict } = await doctor();
    names('something else on the server’s port', verdict, 'server.identity');
    expect(verdict.seen).toContain(`pid ${process.pid}`);
  });

  it('an env server without a token, on a cluster where others have accounts or not', async () => {
    await using _server = await startServer();
    await using _tunnel = await startTunnel();
    const { stdout } = await execa('getent', ['passwd']);
    const others = stdout.split('\n').some((line) => {
      const [, , uid = '', , , , shell = ''] = line.split(':');
      const isPerson = Number(uid) >= 1000 && uid !== '65534' && Number(uid) !== process.getuid?.();
      return isPerson && !/(nologin|false)$/.test(shell);
    });
    const { checks } = await doctor('--only', 'config', 'ssh', 'server', 'tunnel', 'cluster');
    expect(checks.find(({ id }) => id === 'cluster.shared')).toMatchObject(
      others
        ? { status: 'warn', seen: expect.stringContaining('is not the only account there') }
        : { status: 'pass', seen: 'nobody else has an account there' },
    );
  });

  it('something else on the cluster’s port', async () => {
    await using _server = await startServer();
    await using _other = await listen(remotePort);
    const { verdict } = await doctor();
    names('something else on the cluster’s port', verdict, 'tunnel.owner');
    expect(verdict.seen).toContain(`pid ${process.pid}`);
  });

  it('a wrong key, an open key, an unknown host key, a closed port', async () => {
    await using _server = await startServer();
    const good = await readFile(sshConfig, 'utf8');
    const authorized = join(dirname(cluster.identityFile), 'authorized_keys');
    const keys = await readFile(authorized, 'utf8');
    const verdict = async () => (await doctor()).verdict;
    try {
      await writeFile(authorized, '');
      names('no key is accepted', await verdict(), 'ssh.auth');
      await writeFile(authorized, keys);

      await chmod(cluster.identityFile, 0o644);
      names('the key is open to others', await verdict(), 'ssh.key-file');
      await command('doctor', '--role', 'vm', '--ssh-config', sshConfig, '--fix', '--yes');
      names('the key after --fix, no tunnel', await verdict(), 'tunnel.running');

      await writeFile(sshConfig, good.replace(cluster.knownHostsFile, '/dev/null'));
      names('the host key is not known', await verdict(), 'ssh.host-key');

      await writeFile(sshConfig, sshConfigText(await freePort()));
      names('the SSH port is closed', await verdict(), 'ssh.tcp');
    } finally {
      await chmod(cluster.identityFile, 0o600);
      await writeFile(authorized, keys);
      await writeFile(sshConfig, good);
    }
  });

  it('an account that may not forward', async () => {
    await using _server = await startServer();
    const authorized = join(dirname(cluster.identityFile), 'authorized_keys');
    const keys = await readFile(authorized, 'utf8');
    try {
      await writeFile(authorized, `restrict ${keys}`);
      names('the account may not forward', (await doctor()).verdict, 'sshd.forwarding');
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
      names('env.max_steps is 15', (await doctor()).verdict, 'trainer.max-steps');
      // The same script runs on the cluster itself.
      const fromCluster = (await doctor('--role', 'cluster')).verdict;
      names('the same, seen from the cluster', fromCluster, 'trainer.max-steps');
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
      names('a dead session holds the port', (await doctor()).verdict, 'tunnel.stale');
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

describe('the cluster script', () => {
  it('is POSIX shell', async () => {
    const { clusterScript } = await import('../../src/cluster-facts/script.js');
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
  const { descendants } = await import('../../src/host/process-table.js');
  const found: number[] = [];
  for (const pid of await descendants(process.pid)) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/^sshd(-session)?: \S+@notty/.test(title)) found.push(pid);
  }
  return found;
}
