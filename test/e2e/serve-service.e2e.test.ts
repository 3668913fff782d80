import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import got from 'got';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/runs/service/run-command.js';
import { Systemd } from '../../src/runs/service/systemd.js';
import { CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { startUserSystemd, whyNoUserSystemd } from './fixtures/user-systemd.js';

const ODD_ARGUMENTS = ['a b', '%h', '$HOME', '"', '\\', ';', 'two\nlines'];

describeWith('systemd-analyze', 'units under systemd', () => {
  it.each([
    ['serve', ['--', '--provider', 'sim']],
    ['tunnel', ['deepx']],
    ['serve', ['--', ...ODD_ARGUMENTS]],
  ])('systemd accepts the unit of %s %j without a warning', async (kind, args) => {
    await using sandbox = new CliSandbox();
    const { stdout } = await sandbox.run(['service', 'install', kind, '--system', '--dry-run', ...args]);
    const unit = sandbox.folder.write(`arpo-env-${kind}.service`, stdout);
    const { all } = await execa('systemd-analyze', ['verify', unit], { all: true, reject: false });
    expect(all.split('\n').filter((line) => line.includes('arpo-env'))).toEqual([]);
  });
});

afterEach(() => vi.unstubAllEnvs());

const why = whyNoUserSystemd();

describe.skipIf(why !== null)(`a user's systemd${why === null ? '' : ` — needs ${why}`}`, () => {
  it('runs what install says: the same words, the folder, the secrets; starts it again; and uninstall ends it', async () => {
    await using sandbox = new CliSandbox({
      'odd %h $x/arpo-env.config.yaml': 'provider: sim\nserver:\n  port: 0\n',
      '.config/arpo-env/serve.env': 'ARPO_ENV_TOKEN=s3cret\n',
    });
    await using systemd = await startUserSystemd(sandbox.folder.path);
    const folder = join(sandbox.folder.path, 'odd %h $x');
    const run = (...args: string[]) => sandbox.run(['service', ...args], systemd.env, folder);
    const mainPid = async () => {
      const { services } = JSON.parse((await run('status', '--json')).stdout);
      return services.find(({ kind }: { kind: string }) => kind === 'serve') as {
        state: string;
        pid: number;
      };
    };

    expect(await run('install', 'serve', '--', '--standby', '0')).toMatchObject({ exitCode: 0 });
    const service = await mainPid();
    expect(service.state).toBe('active');
    const command = (await readFile(`/proc/${service.pid}/cmdline`, 'utf8')).split('\0').slice(2, -1);
    expect(command).toEqual(['serve', '--config', join(folder, 'arpo-env.config.yaml'), '--standby', '0']);
    await eventually(async () => expect(await sandbox.runs()).toMatchObject([{ provider: 'sim' }]));
    const [server] = await sandbox.runs();
    const health = (token: string) =>
      got(new URL('/health', server?.url), {
        headers: { authorization: `Bearer ${token}` },
        throwHttpErrors: false,
      });
    expect((await health('wr0ng')).statusCode).toBe(401);
    expect((await health('s3cret')).statusCode).toBe(200);

    process.kill(service.pid, 'SIGKILL');
    await eventually(async () => {
      const { state, pid } = await mainPid();
      expect(state).toBe('active');
      expect(pid).not.toBe(service.pid);
    });

    expect(await run('uninstall', 'serve')).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(sandbox.folder.path, '.config/systemd/user/arpo-env-serve.service'))).toBe(false);
    expect(await sandbox.runs()).toEqual([]);
  });

  it('hands every word over as it was', async () => {
    using folder = new TemporaryFolder({
      'echo.mjs': `import { writeFileSync } from 'node:fs';
        writeFileSync(process.env.HOME + '/words', JSON.stringify(process.argv.slice(3)));`,
    });
    const home = folder.path;
    await using systemd = await startUserSystemd(home);
    for (const [name, value] of Object.entries(systemd.env)) vi.stubEnv(name, value);
    const manager = new Systemd({
      scope: 'user',
      run: runCommand,
      home,
      configFolder: join(home, 'config'),
      user: { name: 'user', uid: 1000 },
      isRoot: false,
      path: process.env.PATH ?? '',
      executable: [process.execPath, join(home, 'echo.mjs')],
    });
    const spec = {
      kind: 'serve',
      args: ODD_ARGUMENTS,
      workingDirectory: home,
      noNewPrivileges: true,
    } as const;
    await manager.install(spec, new AbortController().signal);
    await eventually(async () =>
      expect(JSON.parse(await readFile(join(home, 'words'), 'utf8'))).toEqual(ODD_ARGUMENTS),
    );
  });
});
