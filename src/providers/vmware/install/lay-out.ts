/**
 * The unpacked files of a virtual machine under a name of our own, and with an identity of its own, so that two of one
 * archive can run side by side (providers.md §3).
 */
import { randomBytes, randomInt } from 'node:crypto';
import { readdir, readFile, rename } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { writeAtomically } from '../../../lib/write-atomically.js';
import { patchVmx, readVmx, type VmxChanges } from '../vmx.js';

/** Each goes by the machine's name; disks and memory have names of their own, which others refer to. */
const NAMED = ['.vmx', '.nvram', '.vmsd', '.vmxf'];

/** Done twice it is as done once. Throws E_VMWARE, or the system's error. */
export async function layOut(folder: string, vmx: string, name: string): Promise<void> {
  const stem = vmx.slice(0, -extname(vmx).length);
  for (const extension of NAMED) await renameIfThere(folder, `${stem}${extension}`, `${name}${extension}`);
  await renameWithin(join(folder, `${name}.vmxf`), vmx, `${name}.vmx`);
  const file = join(folder, `${name}.vmx`);
  const has = (extension: string) => readdir(folder).then((names) => names.includes(`${name}${extension}`));
  await patchVmx(file, {
    displayName: name,
    ...((await has('.nvram')) ? { nvram: `${name}.nvram` } : {}),
    ...((await has('.vmxf')) ? { extendedConfigFile: `${name}.vmxf` } : {}),
    ...newIdentity((await readVmx(file)).get('ethernet0.addressType')),
  });
}

function newIdentity(addressType = 'generated'): VmxChanges {
  return {
    'uuid.bios': vmwareUuid(),
    'uuid.location': vmwareUuid(),
    // Else VMware asks in a window whether the machine was moved or copied, and nobody sees it.
    'uuid.action': 'create',
    'msg.autoAnswer': 'TRUE',
    'vmci0.id': String(randomInt(-(2 ** 31), 2 ** 31)),
    ...(addressType === 'generated' ? { 'ethernet0.generatedAddress': generatedMac() } : {}),
  };
}

/** As VMware writes one: 16 bytes, a dash in the middle. */
function vmwareUuid(): string {
  const bytes = randomBytes(16);
  // RFC 9562 §5.4: version 4, and the variant.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const words = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  return `${words.slice(0, 8).join(' ')}-${words.slice(8).join(' ')}`;
}

/** Of the range that VMware generates addresses in. */
function generatedMac(): string {
  const [first = 0, ...rest] = randomBytes(3);
  return [
    '00',
    '0c',
    '29',
    ...[first & 0x7f, ...rest].map((byte) => byte.toString(16).padStart(2, '0')),
  ].join(':');
}

async function renameIfThere(folder: string, from: string, to: string): Promise<void> {
  if (from === to || !(await readdir(folder)).includes(from)) return;
  await rename(join(folder, from), join(folder, to));
}

/** The .vmxf file is XML and names the .vmx. */
async function renameWithin(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text?.includes(`>${from}<`))
    await writeAtomically(file, text.replaceAll(`>${from}<`, `>${to}<`), 0o644);
}
