import { readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { DockerProvider, type DockerProviderOptions } from '../../src/providers/docker/provider.js';
import type { Desktop } from '../../src/providers/provider.js';
import { describeProviderContract } from '../providers/contract.js';
import { buildDesktopImage, DESKTOP_IMAGE } from '../support/desktop-image.mjs';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';

const SETTINGS = {
  image: DESKTOP_IMAGE,
  ramSize: 1024 ** 3,
  cpuCores: 1,
  diskSize: 32 * 1024 ** 3,
  publishAddress: '127.0.0.1',
};
const forever = new AbortController().signal;

describeWithDockerd('the docker provider', () => {
  let daemon: TestDockerd;

  beforeAll(async () => {
    daemon = await TestDockerd.start();
    await buildDesktopImage(daemon);
  }, 600_000);
  afterAll(() => daemon[Symbol.asyncDispose]());

  const provider = (options: Partial<DockerProviderOptions> = {}) =>
    new DockerProvider({ ...SETTINGS, env: daemon.env, ...options });
  const start = (options: Partial<DockerProviderOptions> = {}, signal = forever) =>
    provider(options).start({ signal, onProgress: () => {} });
  const ready = ({ endpoints }: Desktop) =>
    waitUntilReady(endpoints, { budgetMs: 60_000, signal: forever, intervalMs: 50 });
  const kill = ({ id }: Desktop) => daemon.api.getContainer(id).kill();

  describeProviderContract('docker', {
    provider,
    ready,
    crash: kill,
    leftovers: () => daemon.everything(),
    timeoutMs: 120_000,
  });

  it('starts eight at once, on 32 ports', async () => {
    const one = provider();
    const desktops = await Promise.all(
      Array.from({ length: 8 }, () => one.start({ signal: forever, onProgress: () => {} })),
    );
    await using stop = { [Symbol.asyncDispose]: () => stopAll(desktops) };
    const ports = desktops.flatMap(({ endpoints }) => Object.values(endpoints).map(({ port }: URL) => port));
    expect(new Set(ports).size).toBe(32);
    expect(
      desktops.flatMap(({ endpoints }) => Object.values(endpoints)).map(({ hostname }: URL) => hostname),
    ).toEqual(Array(32).fill('127.0.0.1'));
    void stop;
  });

  it('leaves nothing after 20 desktops and 20 boots cancelled at different points', async () => {
    const before = { there: await daemon.everything(), handles: handles() };
    const one = provider();
    for (let cycle = 0; cycle < 20; cycle += 1) {
      await using desktop = await one.start({ signal: forever, onProgress: () => {} });
      expect(desktop.id).toMatch(/^arpo-env-/);
    }
    for (let cycle = 0; cycle < 20; cycle += 1) await cancelledBoot(one, cycle);
    expect(await daemon.everything()).toEqual(before.there);
    await expect.poll(handles, { timeout: 20_000 }).toBeLessThanOrEqual(before.handles);
  }, 300_000);

  it('says which phase a boot is in, while it goes on', async () => {
    const phases: string[] = [];
    await using desktop = await provider().start({
      signal: forever,
      onProgress: ({ phase }) => phases.push(phase),
    });
    await ready(desktop);
    await expect.poll(() => phases.at(-1)).toBe('agent');
    expect(phases.slice(0, 2)).toEqual(['asking Docker', 'creating container']);
  });

  describe('a container that ends by itself', () => {
    it('aborts `gone` with its exit code, phase, log and fix', async () => {
      await using desktop = await start();
      await ready(desktop);
      await kill(desktop);
      await expect.poll(() => desktop.gone?.aborted).toBe(true);
      expect(desktop.gone?.reason).toMatchObject({
        code: 'E_BOOT_FAILED',
        message: expect.stringMatching(
          /^desktop arpo-env-\w+ ended with exit code 137 \(SIGKILL\), in phase agent; its last log lines:\n.*arpo-env guest is ready/s,
        ),
      });
      expect(await desktop.logs(5)).toMatch(/\(it ended with exit code 137 \(SIGKILL\)\)$/);
    });

    it('is told from one that is stopped', async () => {
      const desktop = await start();
      await desktop[Symbol.asyncDispose]();
      expect(desktop.gone?.aborted).toBe(false);
    });

    it('names memory when that killed it', async () => {
      await using desktop = await start({ ramSize: 24 * 1024 ** 2 });
      await expect.poll(() => desktop.gone?.aborted, { timeout: 60_000 }).toBe(true);
      expect(desktop.gone?.reason).toMatchObject({
        message: expect.stringContaining('killed because memory ran out'),
        fix: expect.stringContaining('ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE'),
      });
    });
  });

  async function cancelledBoot(one: DockerProvider, cycle: number): Promise<void> {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const boot = one.start({
      signal: cancel.signal,
      onProgress: ({ phase }) => phase === 'creating container' && cycle % 2 === 0 && cancel.abort(reason),
    });
    // Every other one is cancelled a growing number of turns after the container was asked for.
    if (cycle % 2 === 1) {
      for (let turn = 0; turn < cycle * 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      cancel.abort(reason);
    }
    const outcome = await boot.catch((error: unknown) => error);
    if (outcome === reason) return;
    await (outcome as Desktop)[Symbol.asyncDispose]();
  }
});

/** Sockets and pipes that this process has open. */
function handles(): number {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // the folder's own descriptor is gone by now
    }
  });
  return targets.filter((target) => /^(socket|pipe):/.test(target)).length;
}

async function stopAll(desktops: readonly Desktop[]): Promise<void> {
  await Promise.all(desktops.map((desktop) => desktop[Symbol.asyncDispose]()));
}
