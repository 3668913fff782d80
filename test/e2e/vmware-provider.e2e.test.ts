/** What the vmware provider does with virtual machines: over a double of vmrun, whose guests are our own agent. */
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import type { VmwareProvider } from '../../src/providers/vmware/provider.js';
import { readVmx } from '../../src/providers/vmware/vmx.js';
import { describeOverDouble, VmrunDouble } from '../support/vmrun-double.js';

// Each starts a dozen programs or more; how long that takes is the machine's affair.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let double: VmrunDouble;

beforeEach(async () => {
  double = await VmrunDouble.create();
  return () => double[Symbol.asyncDispose]();
});

const { signal } = new AbortController();

function start(provider: VmwareProvider, phases: string[] = []) {
  return provider.start({ signal, onProgress: ({ phase }) => phases.push(phase) });
}

describeOverDouble('one machine', () => {
  test('begins from its snapshot, is reached at another address after a restore, and is shut down by its guest', async () => {
    const vmx = await double.osworldMachine();
    const before = (await double.calls()).length;
    const desktop = await start(double.provider({ vmx }));
    const first = desktop.endpoints.agent.href;
    expect(await new AgentClient(desktop.endpoints.agent).platform()).toBe('Linux');
    expect(await desktop.restore({ signal })).toBe('same');
    expect(desktop.endpoints.agent.href).not.toBe(first);
    expect(await new AgentClient(desktop.endpoints.agent).platform()).toBe('Linux');
    await desktop.pause();
    await desktop[Symbol.asyncDispose]();
    const verbs = (await double.calls()).slice(before).map(([verb]) => verb);
    const changes = verbs.filter(
      (verb) => !/^(list|listSnapshots|getGuestIPAddress|vmcli)$/.test(verb ?? ''),
    );
    expect(changes).toEqual([
      'revertToSnapshot',
      'start',
      'revertToSnapshot',
      'start',
      'pause',
      'unpause',
      'stop',
    ]);
    expect((await double.calls()).at(-1)).toEqual(['stop', vmx, 'soft']);
    expect(await double.running()).toEqual([]);
    expect(await double.claims()).toEqual([]);
    expect(double.warnings).toEqual([]);
  });

  test('without a snapshot gets one as soon as its guest answers, and says so', async () => {
    const vmx = await double.machine();
    await using _desktop = await start(double.provider({ vmx, snapshot: 'clean' }));
    expect(await double.vmrun('listSnapshots', vmx)).toBe('Total snapshots: 1\nclean');
    expect(double.warnings).toEqual([
      `${vmx} had no snapshot clean: it was taken now, and every episode begins from it`,
    ]);
  });

  test('is had by one server at a time', async () => {
    const vmx = await double.osworldMachine();
    await using _first = await start(double.provider({ vmx }));
    const second = double.provider({ vmx });
    expect(await second.preflight()).toMatchObject([
      { code: 'E_VMWARE', message: expect.stringContaining(`pid ${process.pid}`) },
    ]);
    await expect(start(second)).rejects.toMatchObject({
      code: 'E_VMWARE',
      message: `${vmx} is in use by an env server already (pid ${process.pid})`,
      fix: expect.stringContaining('arpo-env stop'),
    });
    expect(await double.running()).toEqual([vmx]);
  });

  test('is the same one by whatever path it is named', async () => {
    const vmx = await double.osworldMachine();
    const link = `${double.machines}-link`;
    await symlink(double.machines, link);
    await using _first = await start(double.provider({ vmx }));
    const second = double.provider({ vmx: join(link, 'Ubuntu', 'Ubuntu.vmx') });
    await expect(start(second)).rejects.toMatchObject({ message: expect.stringContaining('is in use by') });
    expect(await double.running()).toEqual([vmx]);
  });

  test('that a person has running stays so when it cannot be a desktop', async () => {
    const vmx = await double.machine();
    await double.vmrun('start', vmx, 'nogui');
    const cancel = new AbortController();
    const reason = new Error('cancelled by the test');
    const cut = double.provider({ vmx }).start({
      signal: cancel.signal,
      onProgress: ({ phase }) => {
        if (phase === 'awaiting the guest agent') cancel.abort(reason);
      },
    });
    await expect(cut).rejects.toBe(reason);
    expect(await double.running()).toEqual([vmx]);
    expect(await double.claims()).toEqual([]);
  });

  test('whose guest does not shut down is powered off', async () => {
    const vmx = await double.osworldMachine();
    const desktop = await start(double.provider({ vmx, limits: { stopSoft: 2000 } }));
    await double.fault({ command: 'stop', hang: true, times: 1 });
    await desktop[Symbol.asyncDispose]();
    expect((await double.calls()).slice(-2)).toEqual([
      ['stop', vmx, 'soft'],
      ['stop', vmx, 'hard'],
    ]);
    expect(await double.running()).toEqual([]);
  });

  test('whose address only another way tells is found all the same', async () => {
    const vmx = await double.osworldMachine();
    await double.quirks({ headlessTools: false });
    await using desktop = await start(double.provider({ vmx }));
    expect(desktop.endpoints.agent.hostname).toMatch(/^127\./);
  });

  test('that is closed while it boots fails at once, with the fix', async () => {
    const vmx = await double.osworldMachine();
    await double.quirks({ noAddress: true });
    const provider = double.provider({ vmx });
    const failed = provider.start({
      signal,
      onProgress: ({ detail = '' }) => void (detail.includes('Tools are not running') && double.crash(vmx)),
    });
    await expect(failed).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringContaining('ended while it booted'),
    });
    expect(await double.claims()).toEqual([]);
  });
});

describeOverDouble('what VMware refuses', () => {
  test.each([
    [
      'start',
      ['Error: The operation was canceled'],
      ['[msg.memsched.preNotEnoughMem] Not enough physical memory is available.'],
      'E_OUT_OF_MEMORY',
    ],
    ['start', ['Error: The operation was canceled'], [], 'E_VMWARE'],
    ['revertToSnapshot', ['Error: The file is already in use'], [], 'E_VMWARE'],
    [
      'listSnapshots',
      ['Error: Insufficient permissions in the host operating system'],
      [],
      'E_NO_PERMISSION',
    ],
  ])('%s: %s %s', async (command, say, log, code) => {
    const vmx = await double.osworldMachine();
    await double.fault({ command, say, log });
    await expect(start(double.provider({ vmx }))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(vmx),
    });
    expect(await double.running()).toEqual([]);
    expect(await double.claims()).toEqual([]);
  });

  test('an encrypted machine, also to be powered off: it is given back all the same', async () => {
    const vmx = await double.machine('Secret', ['encryption.keySafe = "vmware:key"']);
    await expect(start(double.provider({ vmx }))).rejects.toMatchObject({
      code: 'E_VMWARE',
      message: expect.stringContaining('encrypted'),
    });
    expect(await double.claims()).toEqual([]);
  });

  test('a window that waits for an answer ends the start in time, in its words', async () => {
    const vmx = await double.osworldMachine();
    await double.fault({
      command: 'start',
      log: ['[msg.uuid.altered] This virtual machine might have been moved or copied.'],
      hang: true,
    });
    await expect(start(double.provider({ vmx, limits: { start: 3000 } }))).rejects.toMatchObject({
      code: 'E_VMWARE',
      message: expect.stringContaining('VMware says: This virtual machine might have been moved or copied.'),
      fix: expect.stringContaining('"I copied it"'),
    });
  });
});

describeOverDouble('several desktops of one machine', () => {
  test('are linked clones, made once, kept, and taken by one server each', async () => {
    const vmx = await double.osworldMachine();
    const provider = double.provider({ vmx, desktops: 2 });
    const both = await Promise.all([start(provider), start(provider)]);
    const names = both.map(({ id }) => id).sort();
    expect((await readdir(double.clones)).sort()).toEqual(names);
    expect(await double.running()).not.toContain(vmx);
    for (const desktop of both) {
      const file = await readVmx(desktop.vmx);
      expect(file.get('msg.autoAnswer')).toBe('TRUE');
      expect(file.get('displayName')).toBe(desktop.id);
    }
    // Another server takes none of them.
    await using third = await start(double.provider({ vmx, desktops: 2 }));
    expect(names).not.toContain(third.id);
    await Promise.all(both.map((desktop) => desktop[Symbol.asyncDispose]()));
    const before = (await double.calls()).length;
    await using again = await start(double.provider({ vmx, desktops: 2 }));
    expect(names).toContain(again.id);
    expect((await double.calls()).slice(before).map(([verb]) => verb)).not.toContain('clone');
  });

  test('are not made while a person has the machine running: it is left as it is', async () => {
    const vmx = await double.osworldMachine();
    await double.vmrun('start', vmx, 'nogui');
    const before = (await double.calls()).length;
    await expect(start(double.provider({ vmx, desktops: 2 }))).rejects.toMatchObject({
      code: 'E_VMWARE',
      message: expect.stringContaining('somebody has it running'),
    });
    expect(await double.running()).toEqual([vmx]);
    const verbs = (await double.calls()).slice(before).map(([verb]) => verb);
    expect(verbs).not.toContain('revertToSnapshot');
    expect(await double.claims()).toEqual([]);
  });

  test('one whose making was cut short is removed with its folder, and nobody else’s folder is', async () => {
    const vmx = await double.osworldMachine();
    const somebodys = join(double.clones, 'arpo-env-Ubuntu-000000');
    await mkdir(somebodys, { recursive: true });
    const cancel = new AbortController();
    const reason = new Error('cancelled by the test');
    const cut = double.provider({ vmx, desktops: 2 }).start({
      signal: cancel.signal,
      onProgress: ({ phase }) => {
        if (phase === 'awaiting the guest agent') cancel.abort(reason);
      },
    });
    await expect(cut).rejects.toBe(reason);
    expect(await readdir(double.clones)).toEqual(['arpo-env-Ubuntu-000000']);
    expect(await double.running()).toEqual([]);
    expect(await double.claims()).toEqual([]);
  });

  test('a clone whose files are gone is made anew', async () => {
    const vmx = await double.osworldMachine();
    const first = await start(double.provider({ vmx, desktops: 2 }));
    await first[Symbol.asyncDispose]();
    await rm(dirname(first.vmx), { recursive: true });
    await using second = await start(double.provider({ vmx, desktops: 2 }));
    expect(second.id).not.toBe(first.id);
  });
});

describeOverDouble('a snapshot that is taken anew', () => {
  test('makes the clones of the one before old: they are replaced', async () => {
    const vmx = await double.osworldMachine();
    const old = await start(double.provider({ vmx, desktops: 2 }));
    await old[Symbol.asyncDispose]();
    await double.vmrun('start', vmx, 'nogui');
    await double.vmrun('getGuestIPAddress', vmx, '-wait');
    await double.vmrun('deleteSnapshot', vmx, 'init_state');
    await double.vmrun('snapshot', vmx, 'init_state');
    await double.vmrun('stop', vmx, 'hard');
    await using _new = await start(double.provider({ vmx, desktops: 2 }));
    expect(await readdir(double.clones)).not.toContain(old.id);
    expect(await double.vmrun('listSnapshots', vmx)).toBe(
      'Total snapshots: 3\narpo-env-base-1\ninit_state\narpo-env-base-3',
    );
  });
});

describeOverDouble('a folder of machines', () => {
  test('is as many desktops as there are, each as it is', async () => {
    const machines = [await double.osworldMachine('One'), await double.osworldMachine('Two')];
    const provider = double.provider({ folder: double.machines, desktops: 2 });
    expect(provider.capacity).toBe(2);
    expect(await provider.preflight()).toEqual([]);
    await using first = await start(provider);
    await using second = await start(provider);
    expect([first.vmx, second.vmx].sort()).toEqual(machines);
    await expect(start(provider)).rejects.toMatchObject({
      message: expect.stringContaining('all 2 machines are in use'),
    });
  });
});
