/**
 * The regions in which this user has launched instances from this machine: by them `status` and `stop` find what is there
 * without a config, and where nothing ever was, AWS is not asked.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../../lib/file-error.js';
import { writeAtomically } from '../../lib/write-atomically.js';

const SUFFIX = '.region';

/** A launch that is under way shows at EC2 within seconds; nobody may take its region for an empty one until then. */
const FRESH_MS = 3_600_000;

/** Before the first launch there. Throws E_NO_PERMISSION or E_DISK_FULL: a launch that nobody could find is not made. */
export async function rememberRegion(folder: string, region: string): Promise<void> {
  const file = join(folder, `${region}${SUFFIX}`);
  try {
    await writeAtomically(file, '');
  } catch (error) {
    throw fileError(error, file);
  }
}

/** Never throws. */
export async function knownRegions(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
}

/** Nothing of ours is there. Keeps one into which something may just have been launched. Never throws. */
export async function forgetRegion(folder: string, region: string, now: number): Promise<void> {
  const file = join(folder, `${region}${SUFFIX}`);
  const written = await stat(file).catch(() => null);
  if (written !== null && now - written.mtimeMs > FRESH_MS) await rm(file, { force: true });
}
