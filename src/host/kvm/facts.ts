/** What this machine says about KVM: read, not judged. */

import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errno } from '../../lib/errno.js';

export interface KvmFacts {
  platform: NodeJS.Platform;
  /** As `process.arch` names it. */
  arch: string;
  device: { state: 'usable' | 'missing' } | { state: 'denied'; group: string | null };
  /** Intel's or AMD's virtualization flag in /proc/cpuinfo; null when the CPU shows neither. */
  cpuFlag: 'vmx' | 'svm' | null;
  /** A vendor module is loaded or built in. */
  kvmModule: boolean;
  /** Whether guests of this machine can use KVM in turn; null when no vendor module says. */
  nested: boolean | null;
  /** The CPU says that a hypervisor runs this machine. */
  isVirtualMachine: boolean;
}

/** `root` stands before every path that is read; tests put a folder there. */
export async function readKvmFacts(root = '/'): Promise<KvmFacts> {
  const cpuInfo = await read(join(root, 'proc/cpuinfo'));
  const flags = new Set((/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1] ?? '').trim().split(/\s+/));
  const nested = await nestedSettings(root);
  return {
    platform: process.platform,
    arch: process.arch,
    device: await readDevice(root),
    cpuFlag: flags.has('vmx') ? 'vmx' : flags.has('svm') ? 'svm' : null,
    kvmModule: nested.length > 0,
    nested: nested.length > 0 ? nested.some((value) => /^[Y1]/.test(value)) : null,
    isVirtualMachine: flags.has('hypervisor'),
  };
}

async function readDevice(root: string): Promise<KvmFacts['device']> {
  const device = join(root, 'dev/kvm');
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return { state: 'usable' };
  } catch (error) {
    if (errno(error) !== 'EACCES') return { state: 'missing' };
    return { state: 'denied', group: await groupThatMay(device, root) };
  }
}

/** Name of the group that may open the device; null when its mode or its owner gives it to root alone. */
async function groupThatMay(device: string, root: string): Promise<string | null> {
  const { gid, mode } = await stat(device);
  if (gid === 0 || (mode & 0o060) !== 0o060) return null;
  const groups = (await read(join(root, 'etc/group'))).split('\n').map((line) => line.split(':'));
  return groups.find((fields) => fields[2] === String(gid))?.[0] ?? String(gid);
}

async function nestedSettings(root: string): Promise<string[]> {
  const files = ['kvm_intel', 'kvm_amd'].map((name) => join(root, `sys/module/${name}/parameters/nested`));
  return (await Promise.all(files.map(read))).filter((text) => text !== '');
}

/** '' when the file is not there: a machine without it simply does not say. */
async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
