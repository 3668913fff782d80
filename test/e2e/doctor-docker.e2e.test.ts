/** The doctor's Docker checks against a real dockerd, broken in all the ways that need no other kernel. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildDesktopImage, DESKTOP_IMAGE } from '../support/desktop-image.mjs';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';
import { realFaultTable } from '../support/fault-table.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const bin = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
/** `nobody` of Debian. */
const NOBODY = 65_534;
const SYSTEM_SOCKET = '/var/run/docker.sock';

interface Report {
  verdict: { kind: string; check?: string; seen?: string; fix?: string };
}

describeWithDockerd('arpo-env doctor and a real dockerd', () => {
  const names = realFaultTable('real dockerd');
  let daemon: TestDockerd;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    daemon = await TestDockerd.start();
    await buildDesktopImage(daemon);
  }, 900_000);
  afterAll(() => daemon[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = new TemporaryFolder({ 'Ubuntu.qcow2': 'QFI\u00fb' });
    return () => folder[Symbol.dispose]();
  });

  /** As root, or through `wrapper`, a command that runs the rest of its arguments. */
  async function doctor(settings: object = {}, how: How = {}): Promise<Report[]> {
    const { env = daemon.env, wrapper = [], flags = [] } = how;
    const docker = { image: DESKTOP_IMAGE, ...settings };
    folder.write('arpo-env.config.yaml', JSON.stringify({ provider: 'docker', providers: { docker } }));
    const command = [process.execPath, bin, 'doctor', '--role', 'vm', '--only', 'docker', '--json', ...flags];
    const [program = '', ...args] = [...wrapper, ...command];
    const { stdout, stderr } = await execa(program, args, {
      cwd: folder.path,
      env: { ...env, HOME: folder.path, ARPO_ENV_STATE_DIR: join(folder.path, 'state') },
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    if (!stdout.startsWith('{"role"')) throw new Error(`${stdout}${stderr}`);
    return stdout.split('\n').map((line) => JSON.parse(line) as Report);
  }

  const verdict = async (settings?: object, how?: How) => (await doctor(settings, how))[0]?.verdict;

  it('all is well', async () => {
    names('nothing', await verdict(), 'healthy');
  });

  it.skipIf(existsSync(SYSTEM_SOCKET))('Docker is not installed', async () => {
    names('Docker is not installed', await verdict({}, { env: { PATH: '/nowhere' } }), 'docker.client');
  });

  it('the daemon is stopped', async () => {
    await daemon.down();
    try {
      names('the daemon is stopped', await verdict(), 'docker.daemon');
    } finally {
      await daemon.up();
    }
    names('the daemon is started again', await verdict(), 'healthy');
  });

  it('another user may not use it, and one whose membership does not count yet', async () => {
    await Promise.all([daemon.folder, folder.path].map((path) => chmod(path, 0o777)));
    const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    names('this user may not use the socket', await verdict({}, { wrapper: asNobody }), 'docker.permission');

    const group = folder.write('group', 'root:x:0:\ndocker:x:998:nobody\n');
    const mounted = ['unshare', '--mount', 'sh', '-c', `mount --bind ${group} /etc/group && exec "$@"`, 'sh'];
    const found = await verdict({}, { wrapper: [...mounted, ...asNobody] });
    names('its membership in group docker does not count yet', found, 'docker.group');
    expect(found?.fix).toContain('newgrp docker');
  });

  it('the image is missing', async () => {
    const found = await verdict({ image: 'arpo-env.invalid/absent:1' });
    names('the image is missing', found, 'docker.image');
    expect(found?.fix).toBe('docker pull arpo-env.invalid/absent:1');
  });

  it('the disk is missing, a folder, or none', async () => {
    const image = 'happysixd/osworld-docker';
    const none = await verdict({ image });
    names('no disk is given for an image with a VM', none, 'docker.qcow2');
    const missing = join(folder.path, 'none.qcow2');
    names('the disk does not exist', await verdict({ image, qcow2: missing }), 'docker.qcow2');
    // As Docker makes it when a bind's source is missing.
    await mkdir(join(folder.path, 'dir.qcow2'));
    const directory = await verdict({ image, qcow2: join(folder.path, 'dir.qcow2') });
    names('the disk is a directory', directory, 'docker.qcow2');
    expect(directory?.fix).toMatch(/rmdir/);
  });

  it('the disk of Docker is full', async () => {
    const disk = join(folder.path, 'disk');
    await mkdir(disk);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
    try {
      await using tiny = await TestDockerd.start({ dataRoot: disk, withoutNetwork: true });
      const label = ['--change', 'LABEL arpo-env.guest=container', '--change', 'CMD ["none"]'];
      const options = { env: tiny.env, extendEnv: false, input: Buffer.alloc(10_240) };
      await execa('docker', ['import', ...label, '-', 'empty'], options);
      const found = await verdict({ image: 'empty' }, { env: tiny.env });
      names("Docker's disk has no room", found, 'docker.disk');
      expect(found?.seen).toContain(disk);
    } finally {
      await execa('umount', [disk]);
    }
  });

  it('a desktop of a dead server is left, and --fix removes it', async () => {
    const labels = { 'arpo-env.server': JSON.stringify({ pid: 4_000_000, startTime: '1' }) };
    await daemon.api.createContainer({ name: 'arpo-env-left', Image: DESKTOP_IMAGE, Labels: labels });
    const [before, after] = await doctor({}, { flags: ['--fix', '--yes'] });
    names('a container of a dead server is left', before?.verdict, 'docker.leftovers');
    names('it was removed by --fix', after?.verdict, 'healthy');
    expect(await daemon.everything()).toEqual([]);
  });

  it('DOCKER_HOST leads nowhere', async () => {
    const env = { ...daemon.env, DOCKER_HOST: `unix://${folder.path}/none.sock` };
    const found = await verdict({}, { env });
    names('DOCKER_HOST leads nowhere', found, 'docker.daemon');
    expect(found?.fix).toContain('unset DOCKER_HOST');
  });

  it('the certificates of a TLS daemon are missing', async () => {
    await writeFile(join(folder.path, 'ca.pem'), '');
    const tls = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder.path };
    const env = { ...daemon.env, ...tls, DOCKER_HOST: 'tcp://127.0.0.1:1' };
    names('the certificates of a TLS daemon are missing', await verdict({}, { env }), 'docker.daemon');
  });
});

interface How {
  env?: NodeJS.ProcessEnv;
  wrapper?: readonly string[];
  flags?: readonly string[];
}
