/** One name for one machine, however its .vmx file is written: by it servers and VMware are compared. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Capitals count for nothing on the disks of most Macs and of Windows. */
const IGNORES_CASE = process.platform === 'darwin' || process.platform === 'win32';

/** Without links, such as a Mac's /tmp, also where the file is not there yet. */
export async function machinePath(vmx: string): Promise<string> {
  const real = await realOf(resolve(vmx));
  return IGNORES_CASE ? real.toLowerCase() : real;
}

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(await realOf(folder), basename(path));
  }
}
