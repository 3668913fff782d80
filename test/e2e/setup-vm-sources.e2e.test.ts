/** Where things come from: Docker's own repository and everything else behind a proxy; a folder, without any network. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { aptRepository } from './fixtures/setup-vm/apt-repository.js';
import { archivesOf } from './fixtures/setup-vm/base-system.js';
import {
  type ContentServer,
  IMAGE,
  saveImage,
  startContentServer,
} from './fixtures/setup-vm/content-server.js';
import { describeMachines, HOST, type Machine, startMachine } from './fixtures/setup-vm/machine.js';
import { makeRepositories, SETUP, writeConfig } from './fixtures/setup-vm/prepare.js';
import { type ForwardProxy, startProxy } from './fixtures/setup-vm/proxy.js';

const MINUTES = 60_000;

/** The bare repositories of /srv as they are served over HTTP: the submodule's address too. */
const PUBLISH = `set -e
cd /tmp/repos/work
sed -i s#/srv/#http://git.example/git/# .gitmodules
git -c user.name=a -c user.email=a@git.example commit -qam http
git push -q origin main
for repo in /srv/*.git; do git -C "$repo" update-server-info; done`;

interface Report {
  changed: number;
  doctor: { verdict: { kind: string; link?: string } };
}

const report = (stdout: string) => {
  const { changed, doctor } = JSON.parse(stdout) as Report;
  return { changed, kind: doctor.verdict.kind };
};

describeMachines('setup-vm and where things come from', () => {
  let content: ContentServer;
  beforeAll(async () => {
    content = await startContentServer();
  });
  afterAll(() => content[Symbol.asyncDispose]());

  describe("behind a proxy, with Docker's repository", () => {
    let machine: Machine;
    let proxy: ForwardProxy;
    let folder: TemporaryFolder;
    beforeAll(async () => {
      machine = await startMachine('proxied');
      proxy = await startProxy(content.port);
      folder = new TemporaryFolder();
      await machine.as('root', 'apt-get install --yes --no-install-recommends --download-only docker.io');
      await makeRepositories(machine);
      await machine.as('root', PUBLISH);
      renameSync(join(machine.root, 'srv'), join(folder.path, 'srv'));
      content.repositories = join(folder.path, 'srv');
      await writeConfig(
        machine,
        content,
        {
          dockerSource: 'docker',
          dockerAptUrl: 'http://docker.example/linux',
          repoUrl: 'http://git.example/git/repo.git',
          qcow2Url: 'http://images.example/Ubuntu.qcow2.zip',
        },
        'registry.example:5000',
      );
      installUv(machine, folder.path);
      // Nothing but the proxy can be reached, by name or by address.
      await machine.as('root', 'ip route del default; echo > /etc/resolv.conf');
    }, 5 * MINUTES);
    afterAll(async () => {
      await machine?.[Symbol.asyncDispose]();
      await proxy?.[Symbol.asyncDispose]();
      folder?.[Symbol.dispose]();
    });

    const run = (flags: string) => {
      const url = `http://${HOST}:${proxy.port}`;
      const names = 'http_proxy https_proxy no_proxy SSL_CERT_FILE';
      return machine.as(
        'user',
        `http_proxy=${url} https_proxy=${url} no_proxy=localhost,127.0.0.1 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
         export ${names}; ${SETUP} --yes ${flags}`,
      );
    };

    it(
      "refuses Docker's repository when its key is another one",
      async () => {
        const [ours, others] = [0, 1].map(() => aptRepository('/linux', archivesOf('debian-12')));
        content.files = new Map(ours);
        content.files.set('/linux/debian/gpg', others?.get('/linux/debian/gpg') ?? Buffer.alloc(0));
        const { exitCode, stderr } = await run('--only packages,docker');
        expect({ exitCode, stderr }).toEqual({
          exitCode: 1,
          stderr: expect.stringContaining('an apt repository is not signed with the key that belongs to it'),
        });
        content.files = new Map(ours);
      },
      5 * MINUTES,
    );

    it(
      'then goes on with the right one, and has everything from the proxy',
      async () => {
        const { exitCode, stdout, stderr } = await run('--json');
        expect({ exitCode, stderr: exitCode === 0 ? '' : `${stderr}${stdout}` }).toEqual({
          exitCode: 0,
          stderr: '',
        });
        expect(report(stdout).kind).toBe('warned');
        for (const asked of [
          'GET deb.debian.org',
          'GET docker.example',
          'GET git.example',
          'GET registry.example',
          'GET images.example',
          'CONNECT pypi.org',
        ]) {
          expect([...proxy.asked]).toContain(asked);
        }
        const { stdout: seen } = await machine.as(
          'user',
          "dpkg-query --show --showformat '${Package} ${Version}\\n' docker-ce; ls -l /etc/apt/keyrings; cat /etc/apt/sources.list.d/docker.list; sudo stat -c %a /etc/systemd/system/docker.service.d/arpo-env-proxy.conf; cat arpo_remote_env/.venv/pyvenv.cfg",
        );
        expect(seen).toContain('docker-ce 99.0\n');
        expect(seen).toMatch(/-rw-r--r-- 1 root root .* docker\.asc/);
        expect(seen).toContain(
          'deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.asc] http://docker.example/linux/debian bookworm stable\n600\n',
        );
        expect(seen).toContain('uv = ');
      },
      10 * MINUTES,
    );

    it('changes nothing the second time', async () => {
      expect(report((await run('--json')).stdout)).toEqual({ changed: 0, kind: 'warned' });
    });
  });

  describe('from a folder, without a network', () => {
    let machine: Machine;
    let folder: TemporaryFolder;
    beforeAll(async () => {
      machine = await startMachine('offline');
      folder = new TemporaryFolder();
      await fetchElsewhere(machine);
      await writeConfig(machine, content);
      await machine.as('root', 'ip link set tap0 down');
    }, 5 * MINUTES);
    afterAll(async () => {
      folder?.[Symbol.dispose]();
      await machine?.[Symbol.asyncDispose]();
    });

    /** What the folder of `--offline` holds; the machine itself has nothing of it. */
    async function fetchElsewhere(machine: Machine): Promise<void> {
      const names =
        'ca-certificates curl unzip git python3 python3-venv python3-dev build-essential docker.io';
      const prepared = await machine.as(
        'root',
        `set -e; mkdir -p /srv/offline/debs /srv/offline/wheels
         apt-get install --yes --no-install-recommends --download-only ${names}
         apt-get install --yes --no-install-recommends --print-uris -qq -o Dir::Cache::archives=/srv/offline/debs ${names} |
           cut -d' ' -f2 | while read -r name; do cp "/var/cache/apt/archives/$name" /srv/offline/debs; done`,
      );
      expect(prepared).toMatchObject({ exitCode: 0 });
      const offline = join(machine.root, 'srv/offline');
      download(folder.path, join(offline, 'wheels'), [
        'idna',
        'six',
        'fastapi',
        'docker',
        'uvicorn',
        'setuptools',
        'wheel',
      ]);
      saveImage(`${HOST}:${content.port}/${IMAGE}`, join(offline, 'image.tar'));
      writeFileSync(join(offline, 'Ubuntu.qcow2.zip'), content.zip);
      makeClone(folder.path, join(offline, 'repo'));
    }

    it(
      'sets up the machine, with a tunnel whose cluster cannot be reached now',
      async () => {
        const flags =
          '--yes --json --offline /srv/offline --repo https://git.example/repo.git --tunnel deepx';
        const { exitCode, stdout, stderr } = await machine.as('user', `${SETUP} ${flags}`);
        // Everything is done, and the doctor says what is missing for training.
        expect({ exitCode, said: exitCode === 3 ? '' : `${stderr}${stdout}` }).toEqual({
          exitCode: 3,
          said: '',
        });
        expect((JSON.parse(stdout) as Report).doctor.verdict).toMatchObject({ kind: 'broken', link: 'ssh' });
        const again = await machine.as('user', `${SETUP} ${flags}`);
        expect(report(again.stdout)).toEqual({ changed: 0, kind: 'broken' });
      },
      10 * MINUTES,
    );

    it('has both units, which systemd finds well-formed', async () => {
      const { exitCode, stdout, stderr } = await machine.as(
        'root',
        'systemd-analyze verify /etc/systemd/system/arpo-env-serve.service /etc/systemd/system/arpo-env-tunnel.service; systemctl is-enabled arpo-env-serve arpo-env-tunnel',
      );
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'enabled\nenabled', stderr: '' });
    });
  });
});

/** The program itself, as its users have it in their PATH. */
function installUv(machine: Machine, folder: string): void {
  download(folder, join(folder, 'uv'), ['uv']);
  execFileSync('sh', [
    '-c',
    'unzip -q -o -j "$1"/uv/uv-*.whl "*/scripts/uv" -d "$2"/usr/local/bin && chmod 755 "$2"/usr/local/bin/uv',
    '_',
    folder,
    machine.root,
  ]);
}

/** Wheels for the Python of Debian 12. */
function download(folder: string, into: string, names: readonly string[]): void {
  const venv = join(folder, 'venv');
  execFileSync('python3', ['-m', 'venv', venv]);
  const wanted = ['--only-binary=:all:', '--python-version=3.11', '--dest', into, ...names];
  execFileSync(join(venv, 'bin/pip'), ['download', '--quiet', '--disable-pip-version-check', ...wanted]);
}

/** A clone with its submodule filled, as `git clone --recurse-submodules` would have left it. */
function makeClone(folder: string, into: string): void {
  const files: Record<string, string> = {
    'requirements.txt': 'idna\nfastapi\ndocker\n',
    'scripts/remote_env_server.py': 'app = None\n',
    'OSWorld/requirements.txt': 'six\n',
    'OSWorld/setup.py':
      'from setuptools import setup\nsetup(name="desktop_env", version="1", packages=["desktop_env"])\n',
    'OSWorld/desktop_env/__init__.py': '',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(into, path, '..'), { recursive: true });
    writeFileSync(join(into, path), text);
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@git.example', '-C', into, ...args], {
      env: { ...process.env, HOME: folder },
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=all');
  git('remote', 'add', 'origin', 'https://elsewhere.example/repo.git');
}
