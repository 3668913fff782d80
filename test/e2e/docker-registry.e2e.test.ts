/** The image comes from a real registry on loopback: pulled with its progress told, cut off in the middle, not reachable. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../src/host/ports.js';
import { DockerDesktop } from '../../src/providers/docker/desktop.js';
import { DockerProvider } from '../../src/providers/docker/provider.js';
import type { BootProgress } from '../../src/providers/provider.js';
import { findExecutable } from '../support/components.js';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';
import { eventually } from '../support/eventually.js';

const LAYER_BYTES = 24e6;
const forever = new AbortController().signal;

describeWithDockerd('an image from a registry', () => {
  let folder: string;
  let daemon: TestDockerd;
  let registry: ChildProcess;
  let gate: Gate;
  let image: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpo-registry-'));
    daemon = await TestDockerd.start();
    const port = await freePort();
    registry = await startRegistry(folder, port);
    gate = await Gate.open(port);
    image = `127.0.0.1:${gate.port}/arpo-desktop:1`;
    await makeImage();
  });
  afterAll(async () => {
    registry?.kill('SIGTERM');
    await gate?.[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    gate.limit = Number.POSITIVE_INFINITY;
    await docker('image', 'rm', '--force', image);
  });

  const docker = (...args: string[]) =>
    execa('docker', args, { env: daemon.env, extendEnv: false, reject: false });

  /** One layer that does not compress, and a program that lives. */
  async function makeImage(): Promise<void> {
    const root = join(folder, 'root');
    await execa('mkdir', ['-p', join(root, 'bin')]);
    await writeFile(join(root, 'ballast'), randomBytes(LAYER_BYTES));
    const labels = ['--change', 'LABEL arpo-env.guest=container', '--change', 'CMD ["/none"]'];
    const { stdout: tar } = await execa('tar', ['-C', root, '-c', '.'], { encoding: 'buffer' });
    const imported = await execa('docker', ['import', ...labels, '-', image], {
      env: daemon.env,
      extendEnv: false,
      input: tar,
    });
    expect(imported.exitCode).toBe(0);
    const pushed = await docker('push', image);
    expect(pushed.exitCode, pushed.stderr).toBe(0);
  }

  /** The program in the image cannot run: a start ends there, after the pull. */
  async function start(signal: AbortSignal, onProgress: (progress: BootProgress) => void): Promise<unknown> {
    const settings = { ramSize: 1024 ** 3, cpuCores: 1, diskSize: 1024 ** 3, publishAddress: '127.0.0.1' };
    const provider = new DockerProvider({ ...settings, image, env: daemon.env });
    const outcome = await provider.start({ signal, onProgress }).catch((error: unknown) => error);
    // A busy Docker tells only later that the program cannot run.
    if (outcome instanceof DockerDesktop) await outcome[Symbol.asyncDispose]();
    return outcome;
  }

  const isHere = async () => (await docker('image', 'inspect', image)).exitCode === 0;

  it('is pulled when it is missing, and its megabytes are told', async () => {
    const details: string[] = [];
    await start(forever, ({ phase, detail }) => phase === 'pulling image' && details.push(detail ?? ''));
    expect(await isHere()).toBe(true);
    expect(details[0]).toBe(image);
    expect(details.at(-1)).toMatch(/: \d+ of 24 MB$/);
    expect(await daemon.everything()).toEqual([]);
  });

  it('a pull is cut off by the signal, and the next one works', async () => {
    gate.limit = LAYER_BYTES / 3;
    const cancel = new AbortController();
    const reason = new Error('enough');
    const outcome = await start(cancel.signal, ({ detail }) => {
      if (detail?.endsWith('of 24 MB')) cancel.abort(reason);
    });
    expect(outcome).toBe(reason);
    expect(await isHere()).toBe(false);
    expect(await daemon.everything()).toEqual([]);

    // The daemon lets go of a connection only when something comes or it breaks.
    gate.limit = Number.POSITIVE_INFINITY;
    gate.cut();
    await start(forever, () => {});
    expect(await isHere()).toBe(true);
  });

  it('a name that the registry does not have', async () => {
    const absent = `127.0.0.1:${gate.port}/absent:1`;
    const provider = new DockerProvider({
      ...{ image: absent, env: daemon.env, ramSize: 1024 ** 3, cpuCores: 1, diskSize: 1 },
      publishAddress: '127.0.0.1',
    });
    await expect(provider.start({ signal: forever, onProgress: () => {} })).rejects.toMatchObject({
      code: 'E_IMAGE',
      fix: expect.stringContaining('is the name right?'),
    });
  });

  it('a registry that is down', async () => {
    registry.kill('SIGTERM');
    await gate[Symbol.asyncDispose]();
    expect(await start(forever, () => {})).toMatchObject({
      code: 'E_IMAGE',
      message: expect.stringContaining('connection refused'),
      fix: expect.stringContaining(`docker save ${image}`),
    });
  });
});

async function startRegistry(folder: string, port: number): Promise<ChildProcess> {
  const config = join(folder, 'registry.yml');
  const storage = { filesystem: { rootdirectory: join(folder, 'registry') } };
  await writeFile(config, JSON.stringify({ version: 0.1, storage, http: { addr: `127.0.0.1:${port}` } }));
  const program = findExecutable('docker-registry');
  if (program === undefined) throw new Error('docker-registry is missing; fix: scripts/e2e-setup.sh');
  const registry = spawn(program, ['serve', config], { stdio: 'ignore' });
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/v2/`)).ok).toBe(true));
  return registry;
}

/** A way to the registry through which no connection brings more than `limit` bytes. */
class Gate implements AsyncDisposable {
  limit = Number.POSITIVE_INFINITY;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((client) => this.#pass(client, connect(target, '127.0.0.1')));
  }

  static async open(target: number): Promise<Gate> {
    const gate = new Gate(target);
    await new Promise<void>((resolve) => gate.#server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #pass(client: Socket, registry: Socket): void {
    let brought = 0;
    this.#sockets.add(client);
    client.on('error', () => {}).on('close', () => registry.destroy());
    client.on('close', () => this.#sockets.delete(client));
    client.pipe(registry);
    registry.on('error', () => client.destroy()).on('end', () => client.end());
    registry.on('data', (chunk: Buffer) => {
      brought += chunk.length;
      client.write(chunk);
      if (brought > this.limit) registry.pause();
    });
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}
