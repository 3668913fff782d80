/** What a tunnel does to those around it, as `ssh -R` would: to the next start, to its terminal, to the host's other users. */
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it, vi } from 'vitest';
import { freePort } from '../../src/host/ports.js';
import type { RunOf } from '../../src/runs/run.js';
import { askTunnelStatus } from '../../src/tunnel/status/client.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { deadline, openRecordedTo, startService } from '../tunnel/fixtures.js';
import { startCliTunnel, tunnelArgs } from './fixtures/cli-tunnel.js';
import { makeKey, startTestSshd, type TestSshd } from './fixtures/sshd.js';

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

const local = (port: number) => ({ host: '127.0.0.1', port });

describeWith('sshd', 'several forwards of one tunnel', () => {
  it('the same -R twice is wrong usage before anything is connected', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    const args = tunnelArgs(sandbox, sshd, 18082, 15001);
    const result = await sandbox.run([...args, '-R', '127.0.0.1:15001:127.0.0.1:18083', '--json']);

    expect(result.exitCode).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({
      error: {
        code: 'E_USAGE',
        message: expect.stringContaining('forwarded twice'),
        fix: expect.stringContaining('-R 15002:'),
      },
    });
    expect(sshd.log.filter((line) => line.startsWith('Connection from'))).toEqual([]);
  });

  it.each(['ssh2', 'openssh'] as const)(
    'one beside which the server takes no other is named, by %s',
    async (transport) => {
      using folder = new TemporaryFolder();
      // Every forward is bound to all addresses then, so that the second one of a port has none left.
      await using sshd = await startTestSshd(folder, 'cluster', ['GatewayPorts yes']);
      await using service = await startService();
      const port = await freePort();
      const forwards = ['127.0.0.1', '::1'].map((bind) => ({ bind, port, local: local(service.port) }));
      await using tunnel = openRecordedTo({ ...sshd.target, transport }, service, { forwards });

      await expect(tunnel.up(deadline())).rejects.toMatchObject({
        code: 'E_TUNNEL_FORWARD',
        message: expect.stringContaining(
          `listens on 127.0.0.1:${port} for this tunnel, and refuses [::1]:${port}`,
        ),
      });
    },
  );

  it.each([
    ['ssh2', '::1'],
    ['openssh', '::1'],
    // What 127.0.0.1 has left of all addresses.
    ['ssh2', '*'],
    ['openssh', '*'],
  ] as const)(
    'two addresses with one port each lead where they should: by %s, 127.0.0.1 and %s',
    async (transport, bind) => {
      using folder = new TemporaryFolder();
      await using sshd = await startTestSshd(folder, 'cluster');
      await using four = await startService();
      await using six = await startNamed('six');
      const port = await freePort();
      const forwards = [
        { bind: '127.0.0.1', port, local: local(four.port) },
        { bind, port, local: local(six.port) },
      ];
      await using tunnel = openRecordedTo({ ...sshd.target, transport }, four, { forwards });
      await tunnel.up(deadline());

      const ask = async (host: string) =>
        (await fetch(`http://${host}:${port}/health`, { signal: deadline() })).text();
      const hosts = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? '127.0.0.1' : '[::1]'));
      expect(await Promise.all(hosts.map(ask))).toEqual(
        hosts.map((host) => (host === '[::1]' ? 'six' : '{"status":"ok"}')),
      );
      expect(tunnel.stats.rejected).toBe(0);
    },
  );
});

/** A service that answers its name. */
async function startNamed(name: string, status = 200): Promise<AsyncDisposable & { port: number }> {
  const server = createHttpServer((_request, response) => response.writeHead(status).end(name)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describeWith('sshd', "a server behind the tunnel that all of the cluster's users reach", () => {
  const OPEN = 'answers without credentials: everybody with an account there can drive the desktops';

  it('is said once, with what helps, when it asks for no token; and not when it does', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using open = await startService();
    await using locked = await startNamed('locked', 401);
    const tunnel = sandbox.start(tunnelArgs(sandbox, sshd, open.port));
    await tunnel.readUntil(/-R \/tmp\/arpo-env-\S+\.sock:/, 'stderr');
    await sshd.dropSessions();
    await tunnel.readUntil(/up: .*again, after/, 'stderr');
    expect(tunnel.stderr.split(OPEN)).toHaveLength(2);
    expect(tunnel.stderr).toContain('arpo-env serve --token-file token');

    const quiet = await startCliTunnel(sandbox, sshd, locked.port);
    expect(await quiet.status()).toMatchObject({ state: 'up', notice: null });
  });

  it('is said by --detach and by status too', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const started = await sandbox.run([...tunnelArgs(sandbox, sshd, service.port), '--detach']);
    expect(started.stderr.split(OPEN)).toHaveLength(2);
    expect((await sandbox.run(['status', '--json'])).stdout).toContain(OPEN);
  });

  it('is nobody else’s at a unix socket, where nothing is said', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    await using service = await startService();
    const forwards = [{ bind: `${folder.path}/env.sock`, port: 0, local: local(service.port) }];
    await using tunnel = openRecordedTo(sshd.target, service, { forwards, requireToken: true });
    await tunnel.up(deadline());
    expect(tunnel.status().notice).toBeNull();
    expect(statSync(`${folder.path}/env.sock`).mode & 0o777).toBe(0o600);
  });

  it('is refused with --require-token, before anything listens there', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const refused = await sandbox.run([
      ...tunnelArgs(sandbox, sshd, service.port),
      '--require-token',
      '--json',
    ]);
    expect(refused.exitCode).toBe(2);
    expect(JSON.parse(refused.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'E_NO_TOKEN', message: expect.stringContaining(OPEN) },
    });
    expect(sshd.log.filter((line) => line.startsWith('Connection from'))).toEqual([]);
  });

  it('is given up with --require-token when it comes without one, and taken again with it', async () => {
    using folder = new TemporaryFolder();
    await using sshd = await startTestSshd(folder, 'cluster');
    const port = await freePort();
    await using tunnel = openRecordedTo(sshd.target, { port }, { requireToken: true });
    await tunnel.event(({ reason }) => reason === 'local-down');
    {
      await using _open = await startService(port);
      await expect(tunnel.stopped()).rejects.toMatchObject({ code: 'E_NO_TOKEN' });
    }
    await using locked = await startNamed('locked', 401);
    await using second = openRecordedTo(sshd.target, locked, { requireToken: true });
    await second.up(deadline());
    expect(tunnel.events.filter(({ state }) => state === 'up')).toEqual([]);
  });
});

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

describeWith('sshd', 'a tunnel and those who started it', () => {
  /** In a shell, as a person writes it; `$TUNNEL` is the command line. */
  function inShell(sandbox: CliSandbox, sshd: TestSshd, port: number, line: string) {
    const words = [process.execPath, BIN, ...tunnelArgs(sandbox, sshd, port)];
    const env = {
      TUNNEL: words.join(' '),
      ARPO_ENV_STATE_DIR: `${sandbox.folder.path}/state`,
      HOME: sandbox.folder.path,
    };
    return execa('sh', ['-c', line], { env, cwd: sandbox.folder.path, stdin: 'ignore', reject: false });
  }

  /** Once the registry says that it is up. */
  const upIn = (sandbox: CliSandbox) =>
    vi.waitFor(async () => {
      const [tunnel] = await sandbox.runs();
      expect(tunnel?.url).toMatch(/:[1-9]\d* on deepx$/);
      return tunnel as RunOf<'tunnel'>;
    }, TIMES);

  it('ends when nobody reads any more: --json | head -1', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const { stdout } = await inShell(sandbox, sshd, service.port, '$TUNNEL --json | head -1');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'connecting' });
    expect(await sandbox.runs()).toEqual([]);
  });

  it("ends at the next line that nobody reads: 2>&1 | sed '/up: /q'", async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const shell = inShell(sandbox, sshd, service.port, "$TUNNEL 2>&1 >/dev/null | sed '/up: /q'");
    // On a busy machine a further line may have ended it already.
    await Promise.race([upIn(sandbox), shell]);
    await sshd.dropSessions();
    expect((await shell).stdout).toContain('up: ');
    expect(await sandbox.runs()).toEqual([]);
  });

  it('lives on when only its result is not read any more', async () => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const shell = inShell(sandbox, sshd, service.port, '$TUNNEL 2>log | head -1');
    const run = await upIn(sandbox);
    await sshd.dropSessions();
    await vi.waitFor(async () => {
      expect(await askTunnelStatus(run, deadline())).toMatchObject({ state: 'up', stats: { reconnects: 1 } });
    }, TIMES);
    process.kill(run.process.pid, 'SIGTERM');
    expect((await shell).stdout).toMatch(/^http:/);
  });

  it.each([
    ['lives on under nohup', '>log 2>&1', true],
    ['ends with its terminal else', '2>&1 | cat', false],
  ])('at SIGHUP it %s', async (_what, output, livesOn) => {
    await using sandbox = new CliSandbox();
    await using sshd = await startTestSshd(sandbox.folder, 'cluster');
    await using service = await startService();
    const shell = inShell(sandbox, sshd, service.port, `nohup $TUNNEL ${output}`);
    const run = await upIn(sandbox);
    const { pid } = run.process;
    const [url] = run.url.split(' ');

    process.kill(pid, 'SIGHUP');
    if (livesOn) {
      // Both signals are handled in their order: what answers the second has outlived the first.
      await sshd.dropSessions();
      await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), TIMES);
      process.kill(pid, 'SIGTERM');
    }
    await shell;
    expect(await sandbox.runs()).toEqual([]);
  });

  it('says with --detach what it waits for, and in the end one error with its fix', async () => {
    await using sandbox = new CliSandbox();
    const host = 'no-such-host.invalid';
    const args = ['tunnel', host, '--ssh-config', 'none', '--max-retries', '3', '--detach'];
    const result = await sandbox.run(args);

    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(`waiting: the name ${host} cannot be resolved`);
    expect(result.stderr).not.toContain('{"');
    expect(result.stderr.match(/^✗ /gm)).toHaveLength(1);
    expect(result.stderr.match(/^→ .*ssh -G -F none/gm)).toHaveLength(1);
  });
});

describeWith('sshd', 'what the far side writes', () => {
  it('does not steer the terminal: the name of a process, and the banner of a server', async () => {
    await using sandbox = new CliSandbox();
    const banner = sandbox.folder.write('banner', 'Welcome\x1b]0;owned\x07\x1b[2J\r\n');
    await using sshd = await startTestSshd(sandbox.folder, 'cluster', [`Banner ${banner}`]);
    const holder = execa(
      'bash',
      ['-c', 'exec -a "$1" "$2" -e "$3"', 'bash', EVIL, process.execPath, HOLDER],
      {
        buffer: false,
        reject: false,
      },
    );
    try {
      const [port] = await once(holder.stdout, 'data');
      const held = await sandbox.run(tunnelArgs(sandbox, sshd, 18082, Number(port)));
      expect(held.stderr).toContain(`is held by evil`);
      expect(held.stderr).toContain(`pid ${holder.pid}`);
      const other = sandbox.folder.write('other-key', '');
      makeKey(`${other}-2`);
      const config = sandbox.folder.write('no-key', `UserKnownHostsFile ${sandbox.folder.path}/known\n`);
      const login = ['tunnel', sshd.target.host, '--ssh-config', config, '-i', `${other}-2`];
      const refused = await sandbox.run([...login, '--transport', 'openssh', '--accept-new']);
      expect(refused.stderr).toContain('Permission denied');
      for (const text of [held.stderr, refused.stderr]) expect(text).not.toMatch(/(?![\n\t])\p{Cc}/u);
    } finally {
      holder.kill();
      await holder;
    }
  });
});

const EVIL = 'evil\x1b]0;owned\x07\x1b[2J\u009b2J';
/** Somebody else's server, which says its port. */
const HOLDER =
  "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
