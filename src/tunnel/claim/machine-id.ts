/** A random name for this machine: by it a tunnel knows the dead session that an earlier run left on the cluster. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';

/** Made and kept in `file` when it is first asked for. Throws E_NO_PERMISSION or E_DISK_FULL when it cannot be kept. */
export async function machineId(file: string): Promise<string> {
  const kept = await read(file);
  if (kept !== null) return kept;
  const id = randomUUID();
  try {
    await makeFolder(dirname(file), 0o700);
    await writeFile(file, `${id}\n`, { mode: 0o600 });
  } catch (error) {
    throw fileError(error, file);
  }
  return id;
}

/** It becomes a word of a command line on the cluster, so what is not of our making is replaced. */
async function read(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^[0-9a-f-]{36}$/.test(text.trim()) ? text.trim() : null;
}
