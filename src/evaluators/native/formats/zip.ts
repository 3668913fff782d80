/** Zip archives that the agent made: small ones only, since a few kilobytes can claim to be a terabyte. */
import { unzipSync } from 'fflate';
import { PythonError } from '../../python/errors.js';
import { readBytes } from '../../python/text.js';

const LIMIT_BYTES = 512 * 1024 * 1024;

/** Names and contents of all entries, folders included. Throws BadZipFile for what is not a zip archive. */
export async function readZip(
  path: unknown,
  wanted: (name: string) => boolean = () => true,
): Promise<Map<string, Uint8Array>> {
  const archive = await readBytes(path);
  let total = 0;
  const filter = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (!wanted(name)) return false;
    total += originalSize;
    if (total > LIMIT_BYTES)
      throw new Error(`${String(path)} unpacks to more than ${LIMIT_BYTES / 1024 / 1024} MiB`);
    return true;
  };
  return new Map(Object.entries(unpack(archive, filter)));
}

type Filter = (entry: { name: string; originalSize: number }) => boolean;

function unpack(archive: Uint8Array, filter: Filter): Record<string, Uint8Array> {
  try {
    return unzipSync(archive, { filter });
  } catch (cause) {
    // fflate's own errors carry a numeric code; the limit's error does not.
    if (cause instanceof Error && 'code' in cause)
      throw new PythonError('BadZipFile', cause.message, { cause });
    throw cause;
  }
}
