import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { Boot } from '../../src/desktops/boot.js';
import type { DesktopEvent } from '../../src/desktops/events.js';
import { bootUnderKvm, qemuArguments, runOnHost } from '../../src/host/kvm/boot.js';
import { bootSector, readGuest } from '../../src/host/kvm/guest.js';
import { BOOT_PHASES } from '../../src/providers/docker/boot-log.js';
import { runInImage } from '../../src/providers/docker/kvm-in-image.js';
import { DockerProvider } from '../../src/providers/docker/provider.js';
import type { DesktopProvider } from '../../src/providers/provider.js';
import { buildDesktopImage, DESKTOP_IMAGE } from '../support/desktop-image.mjs';
import { describeWithDockerd, TestDockerd } from '../support/dockerd.js';

const FIXTURE = fileURLToPath(new URL('fixtures/vm', import.meta.url));
const MINUTES = 60_000;
const GIGABYTE = 1024 ** 3;

describeWithDockerd('a real VM in a container', () => {
  let daemon: TestDockerd;
  let folder: string;
  let qcow2: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arpo-vm-'));
    qcow2 = join(folder, 'System.qcow2');
    daemon = await TestDockerd.start();
    await buildDesktopImage(daemon);
    await build('disk', 'arpo-e2e-disk');
    await build('machine', 'arpo-e2e-machine');
    const { id } = await daemon.api.createContainer({ Image: 'arpo-e2e-disk', Cmd: ['none'] });
    await docker('cp', `${id}:/System.qcow2`, qcow2);
    await docker('rm', id);
  }, 30 * MINUTES);
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'boots from firmware to agent, each phase told, and does what it is told',
    async () => {
      const warnings: string[] = [];
      const provider = new DockerProvider({
        image: 'arpo-e2e-machine',
        qcow2,
        ramSize: 1.5 * GIGABYTE,
        cpuCores: 2,
        diskSize: 32 * GIGABYTE,
        publishAddress: '127.0.0.1',
        env: { ...daemon.env, ARPO_ENV_STATE_DIR: folder },
        onWarning: (text) => warnings.push(text),
      });
      expect(await provider.preflight()).toEqual([]);
      const phases: { phase: string; seconds: number }[] = [];
      const began = performance.now();
      const watched: DesktopProvider = {
        name: provider.name,
        preflight: () => provider.preflight(),
        learnFrom: (gone) => provider.learnFrom(gone),
        start: (options) =>
          provider.start({
            ...options,
            onProgress: (progress) => {
              options.onProgress(progress);
              const seconds = Math.round((performance.now() - began) / 1000);
              if (phases.at(-1)?.phase !== progress.phase) phases.push({ phase: progress.phase, seconds });
            },
          }),
      };
      const ended: DesktopEvent[] = [];
      await using boot = new Boot({
        provider: watched,
        budgetMs: 25 * MINUTES,
        isBudgetFixed: true,
        onEvent: (event) => event.type === 'boot-again' && ended.push(event),
      });
      const desktop = await boot.ready;
      console.log(phases.map(({ phase, seconds }) => `${phase} ${seconds}s`).join(' → '), warnings);

      // Where KVM dies under the guest, another one was booted in its place; what is told of that one counts.
      const again = phases.findLastIndex(({ phase }) => phase === 'asking Docker');
      expect(ended).toHaveLength(again === 0 ? 0 : 1);
      const told = phases.slice(again).map(({ phase }) => phase);
      expect(told.slice(0, 2)).toEqual(['asking Docker', 'creating container']);
      // Firmware, boot loader and kernel share one serial line: the kernel's few lines may be torn by the menu's.
      const inOrder = BOOT_PHASES.filter((phase) => phase !== 'kernel' || told.includes(phase));
      expect(told.slice(2)).toEqual(inOrder);
      const agent = new AgentClient(desktop.endpoints.agent);
      expect(await agent.screenSize()).toEqual({ width: 800, height: 600 });
      await desktop.pause();
      await desktop.resume();
      expect((await agent.screenshot()).length).toBeGreaterThan(1000);
    },
    30 * MINUTES,
  );

  it("tries KVM with the QEMU of the image, with the same verdict as with the machine's own", async () => {
    const before = await daemon.everything();
    const signal = new AbortController().signal;
    const inImage = await bootUnderKvm(runInImage(daemon.api, 'arpo-e2e-machine', {}), signal);
    expect(inImage?.ok).toBe((await bootUnderKvm(runOnHost, signal))?.ok);
    expect(await bootUnderKvm(runInImage(daemon.api, DESKTOP_IMAGE, {}), signal)).toBeNull();
    expect(await daemon.everything()).toEqual(before);
  });

  it.each([
    ['max', true],
    ['qemu64', true],
    ['qemu64,-cx16', false],
  ])(
    'the boot sector runs to its end and switches off, on an emulated CPU: %s',
    async (cpu, hasCmpxchg16b) => {
      const image = join(folder, 'boot.img');
      await writeFile(image, bootSector());
      const args = qemuArguments(image).map((word) => ({ kvm: 'tcg', host: cpu })[word] ?? word);
      const { stdout } = await execa('qemu-system-x86_64', args, { reject: false, timeout: MINUTES });
      expect(readGuest(stdout)).toEqual({ saidHello: true, lastStep: 'iretq', hasCmpxchg16b });
    },
  );

  const docker = (...args: string[]) =>
    execa('docker', args, { env: { ...daemon.env, DOCKER_BUILDKIT: '0' }, extendEnv: false });
  const build = (target: string, tag: string) => docker('build', '--target', target, '--tag', tag, FIXTURE);
});
