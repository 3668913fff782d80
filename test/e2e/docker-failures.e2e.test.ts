import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Boot } from '../../src/desktops/boot.js';
import type { DesktopEvent } from '../../src/desktops/events.js';
import { DockerProvider, type DockerProviderOptions } from '../../src/providers/docker/provider.js';
import { buildDesktopImage, DESKTOP_IMAGE } from '../support/desktop-image.mjs';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';
import { RawClient } from '../support/raw-client.js';
import { CALL_USER, CLICK, INFEASIBLE_TASK } from '../support/tasks.js';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
const SETTINGS = {
  image: DESKTOP_IMAGE,
  ramSize: 1024 ** 3,
  cpuCores: 1,
  diskSize: 32 * 1024 ** 3,
  publishAddress: '127.0.0.1',
};
const forever = new AbortController().signal;

describeWithDockerd('docker when things go wrong', () => {
  let daemon: TestDockerd;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpo-docker-failures-'));
    daemon = await TestDockerd.start();
    await buildDesktopImage(daemon);
  }, 600_000);
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const provider = (options: Partial<DockerProviderOptions> = {}) =>
    new DockerProvider({ ...SETTINGS, env: daemon.env, ...options });
  const failure = (options: Partial<DockerProviderOptions>) =>
    provider(options)
      .start({ signal: forever, onProgress: () => {} })
      .then(
        () => null,
        (error: unknown) => error,
      );
  const serve = (env: NodeJS.ProcessEnv) =>
    spawn(process.execPath, [BIN, 'serve', '--provider', 'docker', '--port', '0', '--json'], {
      env: { ...daemon.env, ARPO_ENV_STATE_DIR: folder, ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE: '1G', ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  it('an episode through `serve`, the container killed in its middle, another episode, nothing left', async () => {
    const before = await daemon.everything();
    const server = serve({ ARPO_ENV_PROVIDERS_DOCKER_IMAGE: DESKTOP_IMAGE });
    const ended = new Promise<number | null>((resolve) => server.once('exit', (code) => resolve(code)));
    try {
      const client = new RawClient(await urlOf(server));
      expect((await client.reset(INFEASIBLE_TASK)).status).toBe(200);
      expect((await client.step(CLICK)).status).toBe(200);
      const [victim] = await daemon.api.listContainers();
      await killEvenIfPaused(daemon.api, victim?.Id ?? '');
      const broken = await client.step(CLICK);
      expect(broken.status).toBeGreaterThanOrEqual(500);
      expect(broken.json()).toMatchObject({ code: expect.any(String), fix: expect.any(String) });

      expect((await client.reset(INFEASIBLE_TASK)).status).toBe(200);
      expect((await client.step(CALL_USER)).json()).toMatchObject({ is_done: true });
      expect((await client.evaluate()).json()).toBe(1);
    } finally {
      server.kill('SIGTERM');
    }
    expect(await ended).toBe(130);
    expect(await daemon.everything()).toEqual(before);
  });

  it('desktops of a server that was killed are removed by the next one, and only those', async () => {
    const before = await daemon.everything();
    const server = serve({ ARPO_ENV_PROVIDERS_DOCKER_IMAGE: DESKTOP_IMAGE });
    const client = new RawClient(await urlOf(server));
    await client.reset(INFEASIBLE_TASK);
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
    expect(await daemon.everything()).toHaveLength(before.length + 1);

    const warnings: string[][] = [[], []];
    const next = (index: number) =>
      provider({ onWarning: (text) => warnings[index]?.push(text) }).start({
        signal: forever,
        onProgress: () => {},
      });
    await using mine = await next(0);
    await using other = await next(1);
    expect(warnings).toEqual([
      [expect.stringMatching(/^removed 1 desktops that a dead server left: arpo-env-\w+$/)],
      [],
    ]);
    expect(await daemon.everything()).toEqual(
      [...before, `container /${mine.id}`, `container /${other.id}`].sort(),
    );
  });

  it('a daemon that is restarted in mid-boot ends the boot, and its container is removed', async () => {
    const before = await daemon.everything();
    const silent = await silentImage(daemon);
    const boot = new Boot({ provider: provider({ image: silent }), budgetMs: 120_000, onEvent: () => {} });
    await expect.poll(() => boot.status.phase, { timeout: 60_000 }).toBe('container');
    await daemon.down();
    await daemon.up();
    await expect(boot.ready).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringMatching(/ended with exit code \d+.*in phase container/),
    });
    await boot[Symbol.asyncDispose]();
    expect(await daemon.everything()).toEqual(before);
  });

  it('a boot out of time says its phase, its last lines and why it is slow', async () => {
    const image = await silentImage(daemon);
    await using boot = new Boot({ provider: provider({ image }), budgetMs: 5_000, onEvent: () => {} });
    await expect(boot.ready).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringMatching(
        /after \d+s of \d+s, at: container; still waiting for: .*nobody is home/s,
      ),
      fix: expect.stringContaining('--ready-timeout 1h'),
    });
  });

  // Docker hands on no device that is not there; test/providers/docker/kvm-failure.test.ts goes the same way without.
  it.skipIf(!existsSync('/dev/kvm'))('KVM that dies under the guest: the next one is emulated', async () => {
    const before = await daemon.everything();
    const image = await kvmVictim(daemon);
    const qcow2 = join(folder, 'System.qcow2');
    await writeFile(qcow2, Buffer.from('QFI\xfb', 'latin1'));
    const warnings: string[] = [];
    const events: DesktopEvent[] = [];
    const victims = provider({
      ...{ image, qcow2, env: { ...daemon.env, ARPO_ENV_STATE_DIR: join(folder, 'kvm') } },
      tryKvm: async () => ({ found: true, reason: 'the probe says so' }),
      onWarning: (text) => warnings.push(text),
    });
    await using boot = new Boot({
      provider: victims,
      budgetMs: 120_000,
      onEvent: (event) => events.push(event),
    });
    const { id } = await boot.ready;
    expect(events).toMatchObject([
      {
        type: 'boot-again',
        error: { message: expect.stringMatching(/has stopped for good: KVM internal error\. Suberror: 1/) },
      },
      { type: 'boot', outcome: 'ready', desktop: id },
    ]);
    expect(warnings).toEqual([expect.stringMatching(/^KVM failed under the guest .* 20 to 40 minutes\./)]);
    expect(await daemon.everything()).toEqual([...before, `container /${id}`].sort());
  });

  it('a daemon that does not run', async () => {
    const env = { ...daemon.env, DOCKER_HOST: undefined, DOCKER_CONTEXT: 'default' };
    const socket = `unix://${folder}/nobody.sock`;
    expect(await failure({ env: { ...env, DOCKER_HOST: socket } })).toMatchObject({
      code: 'E_DOCKER',
      message: expect.stringMatching(
        /^Docker at unix:.*nobody\.sock \(DOCKER_HOST\) could not be asked for its version: .*ENOENT/,
      ),
    });
  });

  it('a directory where the disk should be', async () => {
    const image = await vmImage(daemon);
    expect(await failure({ image, qcow2: folder })).toMatchObject({
      code: 'E_QCOW2',
      message: `the disk ${folder} is a directory`,
    });
  });

  it('an image that nobody has, with no registry', async () => {
    expect(await failure({ image: 'arpo-env.invalid/absent:1' })).toMatchObject({
      code: 'E_IMAGE',
      fix: expect.stringContaining('docker save arpo-env.invalid/absent:1'),
    });
  });

  it('a full disk', async () => {
    const disk = join(folder, 'disk');
    await execa('mkdir', [disk]);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    try {
      await using tiny = await TestDockerd.start({ dataRoot: disk, withoutNetwork: true });
      const label = ['--change', 'LABEL arpo-env.guest=container', '--change', 'CMD ["none"]'];
      const emptyTar = Buffer.alloc(10_240);
      await execa('docker', ['import', ...label, '-', 'empty'], {
        env: tiny.env,
        extendEnv: false,
        input: emptyTar,
      });
      await execa('dd', ['if=/dev/zero', `of=${disk}/ballast`, 'bs=64k'], { reject: false });
      expect(await failure({ image: 'empty', env: tiny.env })).toMatchObject({
        code: 'E_DISK_FULL',
        message: expect.stringContaining('no space left on device'),
        fix: expect.stringContaining('docker system df'),
      });
    } finally {
      await execa('umount', [disk]);
    }
  });
});

/** The first line that `serve --json` prints has the URL. */
async function urlOf(server: ReturnType<typeof spawn>): Promise<string> {
  for await (const line of createInterface({ input: server.stdout as Readable })) return JSON.parse(line).url;
  throw new Error('serve ended before it listened');
}

/** Between two steps the desktop is paused, and a paused container is killed only once it is resumed. */
async function killEvenIfPaused(api: Docker, id: string): Promise<void> {
  const container = api.getContainer(id);
  await container.unpause().catch(() => undefined);
  await container.kill();
}

/** The desktop image, changed: `change` is a line of a Dockerfile. */
async function variant({ api }: TestDockerd, name: string, change: string): Promise<string> {
  const container = await api.createContainer({ Image: DESKTOP_IMAGE });
  await container.commit({ repo: name, tag: 'latest', changes: change });
  await container.remove();
  return name;
}

function silentImage(daemon: TestDockerd): Promise<string> {
  return variant(
    daemon,
    'arpo-e2e-silent',
    'ENTRYPOINT ["sh", "-c", "echo nobody is home; exec sleep 1000"]',
  );
}

/** QEMU's last words, from a container that stays up, as long as the guest is given KVM; else the desktop itself. */
function kvmVictim(daemon: TestDockerd): Promise<string> {
  const words =
    "echo '[    0.000000] Linux version 6.1.0'; echo 'KVM internal error. Suberror: 1' >&2; echo 'emulation failure' >&2";
  const guest = 'exec node /opt/arpo-env/bin/arpo-env.js guest --host 0.0.0.0 --screen "$SCREEN"';
  const script = `if [ "$KVM" != N ]; then ${words}; exec sleep 1000; fi; ${guest}`;
  const changes = `LABEL arpo-env.guest=vm\nENTRYPOINT ${JSON.stringify(['sh', '-c', script])}`;
  return variant(daemon, 'arpo-e2e-kvm-victim', changes);
}

function vmImage(daemon: TestDockerd): Promise<string> {
  return variant(daemon, 'arpo-e2e-vm', 'LABEL arpo-env.guest=vm');
}
