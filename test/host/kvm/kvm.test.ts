import { describe, expect, it } from 'vitest';
import type { QemuRun, QemuRunner } from '../../../src/host/kvm/boot.js';
import { type KvmFacts, readKvmFacts } from '../../../src/host/kvm/facts.js';
import { findKvm, judgeKvm } from '../../../src/host/kvm/kvm.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const USABLE: KvmFacts = {
  platform: 'linux',
  arch: 'x64',
  device: { state: 'usable' },
  cpuFlag: 'vmx',
  kvmModule: true,
  nested: true,
  isVirtualMachine: false,
};
const MISSING: KvmFacts = { ...USABLE, device: { state: 'missing' }, kvmModule: false, nested: null };

describe('what the facts mean', () => {
  it.each<[string, KvmFacts, boolean, string]>([
    ['a usable device', USABLE, true, '/dev/kvm is there and may be opened'],
    [
      'a device that group kvm may open',
      { ...USABLE, device: { state: 'denied', group: 'kvm' } },
      false,
      '/dev/kvm may not be opened by this user (fix: sudo usermod -aG kvm "$USER", then log in again)',
    ],
    [
      'a device for root alone',
      { ...USABLE, device: { state: 'denied', group: null } },
      false,
      '/dev/kvm may not be opened by this user (fix: sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm)',
    ],
    [
      'an AMD CPU without its module',
      { ...MISSING, cpuFlag: 'svm' },
      false,
      'there is no /dev/kvm: the kernel module is not loaded (fix: sudo modprobe kvm_amd)',
    ],
    [
      'a container that was not given the device',
      { ...MISSING, kvmModule: true },
      false,
      'there is no /dev/kvm, though the CPU and the kernel offer it',
    ],
    [
      'a VM without nested virtualization',
      { ...MISSING, cpuFlag: null, isVirtualMachine: true },
      false,
      'there is no /dev/kvm: this virtual machine has no nested virtualization (fix: switch it on where the machine is made: in Fusion Settings → Processors & Memory → "hypervisor applications"; on EC2 take a .metal instance type)',
    ],
    [
      'a PC with VT-x switched off',
      { ...MISSING, cpuFlag: null },
      false,
      "there is no /dev/kvm: the CPU shows neither VT-x nor AMD-V (fix: enable it in the firmware's setup (BIOS, UEFI))",
    ],
    ['a Mac', { ...MISSING, platform: 'darwin' }, false, "KVM is Linux's, and this is darwin"],
    [
      'an ARM machine with KVM of its own',
      { ...USABLE, arch: 'arm64' },
      false,
      "an arm64 machine cannot run OSWorld's x86-64 guest under KVM",
    ],
  ])('%s', (_title, facts, found, reason) => {
    expect(judgeKvm(facts)).toEqual({ found, reason });
  });
});

describe('reading the facts', () => {
  it('takes flags and the nested setting from /proc and /sys', async () => {
    using root = new TemporaryFolder({
      'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu vme svm hypervisor\nbugs\t: vmx\n',
      'sys/module/kvm_amd/parameters/nested': '1\n',
    });
    expect(await readKvmFacts(root.path)).toMatchObject({
      device: { state: 'missing' },
      cpuFlag: 'svm',
      kvmModule: true,
      nested: true,
      isVirtualMachine: true,
    });
  });

  it('says nothing about nesting without a vendor module', async () => {
    using root = new TemporaryFolder({ 'proc/cpuinfo': 'flags : fpu\n', 'dev/kvm': '' });
    expect(await readKvmFacts(root.path)).toMatchObject({
      device: { state: 'usable' },
      cpuFlag: null,
      kvmModule: false,
      nested: null,
      isVirtualMachine: false,
    });
  });
});

describe('the deep look', () => {
  const runs = (run: Partial<QemuRun> | null): QemuRunner & { calls: number } =>
    Object.assign(
      async () => {
        runner.calls += 1;
        return run && { stdout: '', stderr: '', end: 'exit code 0', ...run };
      },
      { calls: 0 },
    );
  let runner = runs(null);

  it('believes a guest that said hello', async () => {
    runner = runs({ stdout: 'hello', end: 'exit code 1' });
    expect(await findKvm({ deep: true, facts: USABLE, runQemu: runner })).toEqual({
      found: true,
      reason: '/dev/kvm is there and boots a guest',
    });
  });

  it("repeats QEMU's own words when it dies", async () => {
    const stderr = 'qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69\n';
    runner = runs({ stderr, end: 'SIGABRT' });
    expect(await findKvm({ deep: true, facts: USABLE, runQemu: runner })).toEqual({
      found: false,
      reason:
        '/dev/kvm is there, but QEMU cannot use it: error: failed to set MSR 0x10a to 0x69 (it ended with SIGABRT)',
    });
  });

  it('names the step that QEMU died of: it pauses the guest then, and does not end', async () => {
    const stderr = 'KVM internal error. Suberror: 1\nextra data[0]: 0x0000000000000001\nemulation failure\n';
    runner = runs({ stdout: 'RLMC', stderr, end: 'SIGKILL' });
    expect(await findKvm({ deep: true, facts: USABLE, runQemu: runner })).toEqual({
      found: false,
      reason:
        '/dev/kvm is there, but QEMU cannot use it: KVM internal error. Suberror: 1 (it was paused for good at lock cmpxchg16b)',
    });
  });

  it('does not hold the CPU against KVM, and says what it has not', async () => {
    runner = runs({ stdout: 'RLMcSXIhello', end: 'exit code 1' });
    expect(await findKvm({ deep: true, facts: USABLE, runQemu: runner })).toEqual({
      found: true,
      reason: '/dev/kvm is there and boots a guest (this CPU has no cmpxchg16b)',
    });
  });

  it('believes what a real guest died of, and tries nothing then', async () => {
    runner = runs({ stdout: 'hello' });
    const known = 'a guest died under KVM';
    expect(await findKvm({ deep: true, known, facts: USABLE, runQemu: runner })).toEqual({
      found: false,
      reason: known,
    });
    expect((await findKvm({ deep: true, known, facts: MISSING })).reason).toMatch(/^there is no \/dev\/kvm/);
    expect(runner.calls).toBe(0);
  });

  it('says so when QEMU hangs', async () => {
    runner = runs({ end: null });
    expect((await findKvm({ deep: true, facts: USABLE, runQemu: runner })).reason).toBe(
      '/dev/kvm is there, but QEMU cannot use it: it hung and was stopped after 10s',
    );
  });

  it('runs elsewhere when this machine has no QEMU, and says so when nobody has', async () => {
    const hostless = runs(null);
    const image = runs({ end: null });
    runner = image;
    const options = { deep: true, facts: USABLE, runQemu: hostless };
    expect((await findKvm({ ...options, elsewhere: image })).found).toBe(false);
    expect(await findKvm(options)).toEqual({
      found: true,
      reason: '/dev/kvm is there and may be opened; not tried, since there is no qemu-system-x86_64',
    });
  });

  it('does not run QEMU where the device cannot be used anyway', async () => {
    runner = runs({ stdout: 'hello' });
    expect((await findKvm({ deep: true, facts: MISSING, runQemu: runner })).found).toBe(false);
    expect(runner.calls).toBe(0);
  });
});
