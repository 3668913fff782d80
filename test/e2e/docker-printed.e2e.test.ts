/** What a person reads when Docker is in the way: the real program's last two lines, and they are printed for the record. */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CliSandbox } from '../support/cli.js';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';

describeWithDockerd('what `serve` prints when Docker is in the way', () => {
  let daemon: TestDockerd;
  let sandbox: CliSandbox;
  const printed: string[] = [];

  beforeAll(async () => {
    daemon = await TestDockerd.start();
    await importEmpty(daemon, 'arpo-env.invalid/vm:1', 'vm');
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    console.log(printed.join('\n\n'));
  });
  beforeEach(() => {
    sandbox = new CliSandbox();
    return () => sandbox[Symbol.asyncDispose]();
  });

  /** The last two lines: what happened, and the fix. */
  async function refusal(title: string, settings: Record<string, string>): Promise<string> {
    const env = { DOCKER_HOST: `unix://${daemon.socket}`, ...settings };
    const { stderr, exitCode } = await sandbox.run(['serve', '--provider', 'docker', '--port', '0'], env);
    expect(exitCode).toBe(1);
    return record(title, stderr);
  }

  /** Of a boot: it is the first reset that fails. */
  async function bootFailure(title: string, settings: Record<string, string>): Promise<string> {
    const serve = ['serve', '--provider', 'docker', '--port', '0', '--json'];
    const server = sandbox.start(serve, { DOCKER_HOST: `unix://${daemon.socket}`, ...settings });
    const [, url = ''] = await server.readUntil(/"url":"([^"]+)"/);
    const { stderr, exitCode } = await sandbox.run(['prewarm', url]);
    expect(exitCode).not.toBe(0);
    return record(title, stderr);
  }

  function record(title: string, stderr: string): string {
    const lines = stderr.split('\n');
    const text = lines.slice(lines.findLastIndex((line) => line.startsWith('✗'))).join('\n');
    printed.push(`# ${title}\n${text.trimEnd()}`);
    return text;
  }

  it("the daemon's socket is gone", async () => {
    const text = await refusal("the daemon's socket is gone", { DOCKER_HOST: '' });
    expect(text).toMatch(
      /^✗ Docker at unix:\/\/\/var\/run\/docker\.sock could not .*ENOENT.*\n→ start the daemon: sudo systemctl start docker/,
    );
  });

  it('DOCKER_HOST and a context that lead nowhere', async () => {
    const wrong = await refusal('DOCKER_HOST leads nowhere', { DOCKER_HOST: 'tcp://127.0.0.1:1' });
    expect(wrong).toMatch(/^✗ .*tcp:\/\/127\.0\.0\.1:1.*ECONNREFUSED.*\n→ .*unset DOCKER_HOST/);
    const context = { DOCKER_HOST: '', DOCKER_CONTEXT: 'none' };
    expect(await refusal('a context that does not exist', context)).toMatch(
      /^✗ there is no Docker context named none .*\n→ .*docker context ls/,
    );
  });

  it('a daemon whose API is too old', async () => {
    await using old = await oldDaemon();
    expect(await refusal("the daemon's API is too old", { DOCKER_HOST: old.url })).toMatch(
      /^✗ Docker at .* is 17\.12\.1-ce with API 1\.35; API 1\.41 is needed\n→ upgrade it to Docker Engine 20\.10/,
    );
  });

  it('a directory instead of the disk', async () => {
    const qcow2 = join(sandbox.folder.path, 'Ubuntu.qcow2');
    await mkdir(qcow2);
    const settings = {
      ARPO_ENV_PROVIDERS_DOCKER_IMAGE: 'arpo-env.invalid/vm:1',
      ARPO_ENV_PROVIDERS_DOCKER_QCOW2: qcow2,
    };
    expect(await refusal('a directory instead of the disk', settings)).toMatch(
      /^✗ the disk .*Ubuntu\.qcow2 is a directory\n→ remove it \(rmdir /,
    );
  });

  it('an image that is missing, and no registry', async () => {
    const image = { ARPO_ENV_PROVIDERS_DOCKER_IMAGE: 'arpo-env.invalid/absent:1' };
    expect(await bootFailure('the image is missing, and there is no registry', image)).toMatch(
      /^✗ .*arpo-env\.invalid\/absent:1.*\n→ the registry cannot be reached from here.*docker save/,
    );
  });

  it('a full disk', async () => {
    const disk = join(sandbox.folder.path, 'disk');
    await mkdir(disk);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    try {
      await using tiny = await TestDockerd.start({ dataRoot: disk, withoutNetwork: true });
      await importEmpty(tiny, 'empty', 'container');
      await execa('dd', ['if=/dev/zero', `of=${disk}/ballast`, 'bs=64k'], { reject: false });
      const settings = { DOCKER_HOST: `unix://${tiny.socket}`, ARPO_ENV_PROVIDERS_DOCKER_IMAGE: 'empty' };
      expect(await bootFailure("Docker's disk is full", settings)).toMatch(
        /^✗ .*no space left on device.*\n→ see what uses it: docker system df/,
      );
    } finally {
      await execa('umount', [disk]);
    }
  });

  it('no port is left', async () => {
    const data = join(sandbox.folder.path, 'data');
    await mkdir(data);
    // Three ports in a network namespace of its own, and a desktop needs four.
    await using narrow = await TestDockerd.start({
      dataRoot: data,
      withoutNetwork: true,
      portRange: '40000 40002',
    });
    await importEmpty(narrow, 'empty', 'container');
    const settings = { DOCKER_HOST: `unix://${narrow.socket}`, ARPO_ENV_PROVIDERS_DOCKER_IMAGE: 'empty' };
    expect(await bootFailure('no port is left', settings)).toMatch(
      /^✗ .*all ports are allocated.*\n→ run fewer desktops \(each publishes four ports\)/,
    );
    expect(await narrow.everything()).toEqual([]);
  });
});

async function importEmpty(daemon: TestDockerd, name: string, guest: 'vm' | 'container'): Promise<void> {
  const changes = ['--change', `LABEL arpo-env.guest=${guest}`, '--change', 'CMD ["none"]'];
  const options = { env: daemon.env, extendEnv: false, input: Buffer.alloc(10_240) };
  await execa('docker', ['import', ...changes, '-', name], options);
}

/** Says of itself what Docker 17.12 says. */
async function oldDaemon(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(({ url = '' }, response) => {
    const version = { Version: '17.12.1-ce', ApiVersion: '1.35', MinAPIVersion: '1.12' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url.includes('version') ? version : { NCPU: 2, MemTotal: 8e9 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  return {
    url: `tcp://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
