/** setup-vm on fresh Debian machines with a systemd of their own: whole, again, as a script, over SSH, and undone. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type ContentServer, startContentServer } from './fixtures/setup-vm/content-server.js';
import { describeMachines, GROUPS, type Machine, startMachine } from './fixtures/setup-vm/machine.js';
import { makeRepositories, SETUP, writeConfig } from './fixtures/setup-vm/prepare.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const MINUTES = 60_000;

interface Report {
  changed: number;
  steps: { id: string; outcome: string }[];
  doctor: { verdict: { kind: string; seen?: string } };
}

const outcomes = (stdout: string) => {
  const { changed, steps, doctor } = JSON.parse(stdout) as Report;
  // No KVM and a small disk are worth a look; broken is nothing.
  return {
    changed,
    doctor: doctor.verdict.kind,
    ...Object.fromEntries(steps.map(({ id, outcome }) => [id, outcome])),
  };
};
const CHANGED = [
  'docker',
  'docker-group',
  'repo',
  'python',
  'image',
  'container',
  'qcow2',
  'config',
  'services',
];

describeMachines('setup-vm on a fresh Debian 12', () => {
  let content: ContentServer;
  beforeAll(async () => {
    content = await startContentServer();
  });
  afterAll(() => content[Symbol.asyncDispose]());

  describe('run by its user', () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await startMachine('whole');
      await makeRepositories(machine);
      await writeConfig(machine, content);
    }, 10 * MINUTES);
    afterAll(() => machine?.[Symbol.asyncDispose]());

    it(
      'sets up everything in one run and one login',
      async () => {
        const { exitCode, stdout, stderr } = await machine.as('user', `${SETUP} --yes --json`);
        expect({ exitCode, stderr: exitCode === 0 ? '' : `${stderr}${stdout}` }).toEqual({
          exitCode: 0,
          stderr: '',
        });
        // Without a terminal the pull is told in percent.
        expect(stderr).toMatch(/… Desktop image\n( {2}\d+ %, .*\d+ of \d+ layers\n)+✓ Desktop image/);
        const seen = outcomes(stdout);
        expect(seen).toMatchObject(Object.fromEntries(CHANGED.map((id) => [id, 'changed'])));
        expect(seen).toMatchObject({
          doctor: 'warned',
          preflight: 'unchanged',
          'vmware-tools': 'not-applicable',
        });
      },
      15 * MINUTES,
    );

    it('leaves what it promised', async () => {
      const { stdout } = await machine.as(
        'user',
        `curl -s http://127.0.0.1:18082/health; systemctl is-enabled arpo-env-serve docker; head -c 3 VMs/Ubuntu.qcow2; ls VMs
         cat arpo_remote_env/.venv/arpo-env-requirements.txt arpo-env.config.yaml; arpo_remote_env/.venv/bin/python -c 'import six, idna, uvicorn, desktop_env; print("imports")'; id -nG; stat -c %U arpo_remote_env/.venv VMs/*`,
      );
      expect(stdout).toContain('"status":"ok"');
      expect(stdout).toContain('enabled\nenabled\nQFIUbuntu.qcow2\n');
      expect(stdout).toContain('idna\nfastapi\ndocker\n# left out: vllm>=0.5\n');
      expect(stdout).toContain('# mine\nprovider: docker\n');
      expect(stdout).toContain('# the small one\n    qcow2: /home/user/VMs/Ubuntu.qcow2\n');
      expect(stdout).toContain('\nimports\nuser docker\nuser\nuser');
    });

    it('changes nothing the second time, and has nothing for a script', async () => {
      const started = performance.now();
      const { exitCode, stdout } = await machine.as('user', `${SETUP} --json`);
      console.log(`second run: ${Math.round(performance.now() - started)} ms`);
      expect(exitCode).toBe(0);
      expect(outcomes(stdout)).toMatchObject({ changed: 0, doctor: 'warned' });
      const script = (await machine.as('user', `${SETUP} --dry-run`)).stdout;
      expect(script.split('\n').at(-1)).toMatch(/^export LC_ALL/);
    });

    it('takes its own away again, and nothing else', async () => {
      const { exitCode } = await machine.as('user', `${SETUP} --uninstall --yes`);
      expect(exitCode).toBe(0);
      const { stdout } = await machine.as(
        'user',
        'ls; ls -d .cache/arpo-env /etc/systemd/system/arpo-env-* 2>/dev/null; systemctl is-active arpo-env-serve',
      );
      expect(stdout).toBe('VMs\narpo-env.config.yaml\narpo_remote_env\ninactive');
    });
  });

  it(
    'does the same job as a script, which shellcheck passes',
    async () => {
      await using machine = await startMachine('script', {
        system: 'ubuntu-22.04',
        groups: GROUPS.at(-1) ?? 'v2',
      });
      await makeRepositories(machine);
      await writeConfig(machine, content, { qcow2Sha256: content.zipSha256 });
      const { stdout: script } = await machine.as('user', `${SETUP} --dry-run`);
      machine.write('home/user/setup.sh', `${script}\n`);
      const checked = execaSync('shellcheck', [join(machine.root, 'home/user/setup.sh')], { reject: false });
      expect(checked.stdout).toBe('');
      const run = await machine.as('user', 'bash setup.sh');
      expect({ exitCode: run.exitCode, output: run.exitCode === 0 ? '' : run.stdout + run.stderr }).toEqual({
        exitCode: 0,
        output: '',
      });
      expect(outcomes((await machine.as('user', `${SETUP} --json`)).stdout)).toMatchObject({
        changed: 0,
        doctor: 'warned',
      });
    },
    20 * MINUTES,
  );

  describe('over SSH, on a machine without Node', () => {
    let machine: Machine;
    let laptop: TemporaryFolder;
    let remote: Remote;
    beforeAll(async () => {
      machine = await startMachine('host');
      await machine.as('root', 'rm /usr/bin/node');
      await makeRepositories(machine);
      await writeConfig(machine, content);
      serveNode(content);
      laptop = new TemporaryFolder({
        'arpo-env.config.yaml': `setup:\n  nodeUrl: http://127.0.0.1:${content.port}/node\n`,
      });
      remote = sshTo(machine, laptop);
    }, 10 * MINUTES);
    afterAll(async () => {
      laptop?.[Symbol.dispose]();
      await machine?.[Symbol.asyncDispose]();
    });

    /** apt stops before dpkg, until it is ended. */
    const hold = () => machine.write('etc/apt/apt.conf.d/held', 'DPkg::Pre-Invoke { "sleep 600"; };\n');
    const isHeld = `timeout 120 sh -c 'until pgrep -xf "sleep 600"; do sleep 0.1; done'`;
    const release = () => machine.as('root', 'rm /etc/apt/apt.conf.d/held');
    /** Nothing of a run lives on, neither the user's nor root's. */
    const isOver = 'timeout 60 sh -c \'while pgrep -x "node|apt-get|sudo"; do sleep 0.1; done\'';

    it(
      'stops there, with what runs as root, when it is interrupted here',
      async () => {
        hold();
        const running = remote.start(['--yes', '--only', 'packages']);
        await machine.as('root', isHeld);
        running.kill('SIGINT');
        const { exitCode, stderr } = await running;
        expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: expect.stringMatching(/stopped$/) });
        expect((await machine.as('root', 'pgrep -lx "node|apt-get|sleep|sudo"')).stdout).toBe('');
        await release();
      },
      5 * MINUTES,
    );

    it(
      'shows the live list, and takes Ctrl-C from the terminal there',
      async () => {
        hold();
        const running = remote.atTerminal(['--yes', '--only', 'packages']);
        await machine.as('root', isHeld);
        running.stdin.write('\u0003');
        const { exitCode, stdout } = await running;
        expect({ exitCode, stdout }).toEqual({
          exitCode: 130,
          stdout: expect.stringMatching(/Tools of the distribution[\s\S]*stopped/),
        });
        expect((await machine.as('root', 'pgrep -lx "node|apt-get|sleep|sudo"')).stdout).toBe('');
        await release();
      },
      5 * MINUTES,
    );

    it(
      'says that the connection was lost, and how to go on',
      async () => {
        hold();
        const running = remote.start(['--yes', '--only', 'packages']);
        await machine.as('root', isHeld);
        await machine.as('root', 'pkill -KILL -x sshd');
        const { exitCode, stderr } = await running;
        expect(exitCode).toBe(1);
        expect(stderr).toContain('✗ the SSH connection to vm.example was lost while setup-vm ran there');
        expect(stderr).toContain('→ run the same command again');
        expect((await machine.as('root', isOver)).exitCode).toBe(0);
        await release();
      },
      5 * MINUTES,
    );

    it(
      'then does the same as on the machine itself, and nothing the second time',
      async () => {
        const first = await remote.start(['--yes', '--json']);
        expect({ exitCode: first.exitCode, stderr: first.exitCode === 0 ? '' : first.stderr }).toEqual({
          exitCode: 0,
          stderr: '',
        });
        expect(outcomes(first.stdout)).toMatchObject({
          doctor: 'warned',
          ...Object.fromEntries(CHANGED.map((id) => [id, 'changed'])),
        });
        const second = await remote.start(['--yes', '--json']);
        expect(outcomes(second.stdout)).toMatchObject({ changed: 0, doctor: 'warned' });
        expect(second.stderr).not.toContain('installing');
        const unit = readFileSync(join(machine.root, 'etc/systemd/system/arpo-env-serve.service'), 'utf8');
        expect(unit).toContain('/home/user/.local/share/arpo-env/node/bin/node');
      },
      10 * MINUTES,
    );
  });
});

/** This Node as nodejs.org would have it: an archive with npm, and its checksum. */
function serveNode(content: ContentServer): void {
  using folder = new TemporaryFolder();
  const name = `node-${process.version}-linux-x64`;
  const npm = join(dirname(process.execPath), '../lib/node_modules/npm');
  execaSync('sh', [
    '-c',
    'mkdir -p "$1/bin" "$1/lib/node_modules" && cp "$2" "$1/bin/node" && cp -r "$3" "$1/lib/node_modules/npm" && ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/bin/npm"',
    '_',
    join(folder.path, name),
    process.execPath,
    npm,
  ]);
  execaSync('tar', ['-czf', join(folder.path, 'node.tar.gz'), '-C', folder.path, name]);
  const archive = readFileSync(join(folder.path, 'node.tar.gz'));
  const sum = createHash('sha256').update(archive).digest('hex');
  content.files.set(`/node/${process.version}/${name}.tar.gz`, archive);
  content.files.set(`/node/${process.version}/SHASUMS256.txt`, Buffer.from(`${sum}  ${name}.tar.gz\n`));
}

type Remote = ReturnType<typeof sshTo>;

/** `setup-vm --host vm.example` as from a laptop: sshd of the machine, reached without a port of ours. */
function sshTo(machine: Machine, laptop: TemporaryFolder) {
  const key = join(laptop.path, 'key');
  execaSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  machine.write('home/user/.ssh/authorized_keys', readFileSync(`${key}.pub`, 'utf8'));
  machine.write('home/user/.npmrc', 'cafile=/etc/ssl/certs/ca-certificates.crt\n');
  execaSync('chroot', [
    machine.root,
    'sh',
    '-c',
    'chown -R user: /home/user/.ssh /home/user/.npmrc && chmod 700 /home/user/.ssh',
  ]);
  const config = laptop.write(
    'ssh_config',
    `Host vm.example\n  User user\n  IdentityFile ${key}\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n  ProxyCommand nsenter -t ${machine.init} -a /usr/sbin/sshd -i\n`,
  );
  const ssh = laptop.write('bin/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
  execaSync('chmod', ['+x', ssh]);
  const options = {
    cwd: laptop.path,
    // Where CI is set nobody is taken to watch.
    env: { PATH: `${dirname(ssh)}:${process.env.PATH}`, CI: '', TERM: 'xterm' },
    reject: false,
  } as const;
  const command = [process.execPath, bin, 'setup-vm', '--host', 'vm.example'] as const;
  const [node, ...args] = command;
  return {
    start: (flags: readonly string[]) => execa(node, [...args, ...flags], { ...options, stdin: 'ignore' }),
    atTerminal: (flags: readonly string[]) =>
      execa('script', ['-qec', [...command, ...flags].join(' '), '/dev/null'], { ...options, stdin: 'pipe' }),
  };
}
