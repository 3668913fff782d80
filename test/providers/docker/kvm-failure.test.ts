/** KVM that passes every look and fails under the guest: QEMU stays up beside a guest that stands still. */
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Boot } from '../../../src/desktops/boot.js';
import type { DesktopEvent } from '../../../src/desktops/events.js';
import { recallKvmFailure, thisMachine } from '../../../src/host/kvm/failures.js';
import { DockerProvider } from '../../../src/providers/docker/provider.js';
import { FixtureGuest } from '../../support/fixture-guest.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { FakeDaemon } from './fake-daemon.js';

/** As QEMU 7.2 printed it: the guest's serial line and QEMU's error stream share the container's log. */
const LAST_WORDS = [
  'KVM internal error. Suberror: 1',
  'extra data[0]: 0x0000000000000001',
  'extra data[1]: 0x4800ff4809c70f48',
  'emulation failure',
  'RAX=0000000000000000 RBX=ffff888003c42000 RCX=0000000000000000 RDX=0000000000000000',
  'Code=41 b8 00 00 00 00 <f0> 48 0f c7 4d 00 0f 94 c0',
];
const BOOT_LINES = ['❯ Booting image using QEMU...', '[    0.000000] Linux version 6.1.0-18-cloud-amd64'];
const DISK = Buffer.from('QFI\xfb', 'latin1');

/** Containers that stay "Up" whatever their guest does; one with /dev/kvm has a guest that `dies`, and answers nothing. */
class Containers {
  readonly all: { name: string; hasKvm: boolean; isPresent: boolean }[] = [];
  /** What the log of one with KVM says. */
  log = [...BOOT_LINES, ...LAST_WORDS];
  /** What QEMU's monitor says; without it the image has none. */
  monitor: string | undefined;
  readonly #waits = new Map<string, ServerResponse>();
  readonly #guest: FixtureGuest;

  constructor(guest: FixtureGuest) {
    this.#guest = guest;
  }

  readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = new URL(request.url ?? '', 'http://docker');
    const json = (document: unknown) => void response.writeHead(200).end(JSON.stringify(document));
    const [, kind, name = '', verb] = url.pathname.split('/');
    const hasKvm = this.all.find((container) => container.name === name)?.hasKvm ?? false;
    switch (`${request.method} ${kind} ${name === 'create' ? name : (verb ?? '')}`) {
      case 'POST containers create':
        void this.#create(request, url.searchParams.get('name') ?? '').then(() => json({ Id: 'id' }));
        return true;
      case 'POST containers start':
      case 'POST containers stop':
        response.writeHead(204).end();
        return true;
      case 'GET containers json':
        json({ State: { Running: true }, NetworkSettings: { Ports: this.#ports(hasKvm) } });
        return true;
      case 'GET containers logs': {
        response.writeHead(200);
        response.write(Buffer.concat((hasKvm ? this.log : BOOT_LINES).map(frame)));
        if (url.searchParams.get('follow') !== 'true' && url.searchParams.get('follow') !== '1')
          response.end();
        return true;
      }
      case 'POST containers wait':
        this.#waits.set(name, response);
        response.writeHead(200).flushHeaders();
        return true;
      case 'POST containers exec':
        json({ Id: `exec-${name}` });
        return true;
      case 'POST exec start':
        response.writeHead(200).end(this.monitor === undefined ? '' : frame(`VM status: ${this.monitor}\r`));
        return true;
      case 'DELETE containers ':
        for (const container of this.all) if (container.name === name) container.isPresent = false;
        this.#waits.get(name)?.end('{"StatusCode": 137}');
        response.writeHead(204).end();
        return true;
      default:
        return false;
    }
  };

  async #create(request: IncomingMessage, name: string): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { HostConfig } = JSON.parse(body);
    this.all.push({ name, hasKvm: HostConfig.Devices.length > 0, isPresent: true });
  }

  /** Nobody listens at port 9, discard. */
  #ports(hasKvm: boolean) {
    const HostPort = hasKvm ? '9' : this.#guest.endpoints.agent.port;
    return Object.fromEntries([5000, 9222, 8006, 8080].map((port) => [`${port}/tcp`, [{ HostPort }]]));
  }
}

const frame = (line: string): Buffer => {
  const payload = Buffer.from(`${line}\n`);
  const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};

describe('KVM that fails under the guest', () => {
  let folder: TemporaryFolder;
  let guest: FixtureGuest;
  let containers: Containers;
  let daemon: FakeDaemon;
  let warnings: string[];
  let events: DesktopEvent[];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    writeFileSync(join(folder.path, 'System.qcow2'), DISK);
    guest = await FixtureGuest.start();
    containers = new Containers(guest);
    daemon = await FakeDaemon.start(
      {
        'GET /containers/json': [],
        'GET /images/arpo-vm:latest/json': { Id: 'sha256:1', Config: { Labels: null } },
      },
      containers.answer,
    );
    warnings = [];
    events = [];
  });
  afterEach(async () => {
    await daemon[Symbol.asyncDispose]();
    await guest[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const provider = (tryKvm = async () => ({ found: true, reason: 'the probe says so' })) =>
    new DockerProvider({
      image: 'arpo-vm',
      qcow2: join(folder.path, 'System.qcow2'),
      ...{ ramSize: 1024 ** 3, cpuCores: 1, diskSize: 1024 ** 3, publishAddress: '127.0.0.1' },
      env: { ...daemon.env, ARPO_ENV_STATE_DIR: folder.path },
      onWarning: (text) => warnings.push(text),
      tryKvm,
    });
  const boot = (of = provider(), isBudgetFixed = false) =>
    new Boot({ provider: of, budgetMs: 15_000, isBudgetFixed, onEvent: (event) => events.push(event) });
  const file = () => join(folder.path, 'kvm-failures.json');

  it('ends the boot, and boots again with its CPU emulated, within the budget of that', async () => {
    await using booting = boot();
    const desktop = await booting.ready;
    expect(containers.all).toEqual([
      { name: expect.any(String), hasKvm: true, isPresent: false },
      { name: desktop.id, hasKvm: false, isPresent: true },
    ]);
    expect(booting.status).toMatchObject({
      budgetMs: 3_600_000,
      slowBecause: expect.stringMatching(/^without KVM a VM takes 20 to 40 minutes to boot: .*Suberror: 1/),
    });
    expect(events).toMatchObject([
      {
        type: 'boot-again',
        desktop: containers.all[0]?.name,
        error: {
          code: 'E_BOOT_FAILED',
          message: expect.stringMatching(
            /has stopped for good: KVM internal error\. Suberror: 1, in phase kernel; .*Linux version 6\.1.*emulation failure.*Code=41/s,
          ),
        },
      },
      { type: 'boot', outcome: 'ready' },
    ]);
    expect(warnings).toEqual([
      `KVM failed under the guest (KVM internal error. Suberror: 1): it boots again with its CPU emulated, which takes 20 to 40 minutes. This is remembered until the machine is rebooted, in ${file()}; to forget it: rm ${file()}`,
    ]);
  });

  it('keeps a budget that somebody chose', async () => {
    await using booting = boot(provider(), true);
    await booting.ready;
    expect(booting.status.budgetMs).toBe(15_000);
  });

  it('is learnt and said once by desktops that boot at once', async () => {
    const one = provider();
    await using first = boot(one);
    await using second = boot(one);
    await Promise.all([first.ready, second.ready]);
    expect(containers.all.map(({ hasKvm }) => hasKvm)).toEqual([true, true, false, false]);
    expect(warnings).toHaveLength(1);
  });

  it('is remembered on this machine: the next server emulates at once, and says how to forget', async () => {
    await using first = boot();
    await first.ready;
    expect(await recallKvmFailure(file(), await thisMachine(), 'sha256:1')).not.toBeNull();
    containers.all.length = 0;
    warnings.length = 0;
    let tries = 0;
    const next = provider(async () => {
      tries += 1;
      return { found: true, reason: 'the probe says so' };
    });
    await using second = boot(next);
    await second.ready;
    expect(containers.all.map(({ hasKvm }) => hasKvm)).toEqual([false]);
    expect(tries).toBe(0);
    expect(warnings).toEqual([
      expect.stringMatching(/^without KVM .*a guest died under KVM at .*to have KVM tried again: rm /),
    ]);
  });

  it('is learnt for this server also where it cannot be remembered', async () => {
    folder.write('state', 'a file where a folder is needed');
    const env = { ...daemon.env, ARPO_ENV_STATE_DIR: join(folder.path, 'state') };
    const qcow2 = join(folder.path, 'System.qcow2');
    const size = { ramSize: 1024 ** 3, cpuCores: 1, diskSize: 1024 ** 3, publishAddress: '127.0.0.1' };
    const tryKvm = async () => ({ found: true, reason: 'the probe says so' });
    const onWarning = (text: string) => warnings.push(text);
    await using booting = boot(
      new DockerProvider({ image: 'arpo-vm', qcow2, ...size, env, tryKvm, onWarning }),
    );
    await booting.ready;
    expect(warnings).toEqual([expect.stringMatching(/This cannot be remembered: E/)]);
  });

  it('is not blamed for a boot without it', async () => {
    guest.screenshot = () => 503;
    await using booting = new Boot({
      provider: provider(async () => ({ found: false, reason: 'there is no /dev/kvm' })),
      ...{ budgetMs: 300, isBudgetFixed: true, onEvent: () => undefined },
    });
    await expect(booting.ready).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringContaining('was not ready after'),
      fix: expect.stringContaining('there is no /dev/kvm'),
    });
    expect(containers.all).toHaveLength(1);
  });
});
