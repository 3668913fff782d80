/** Downloads that tasks share: each URL is fetched once per machine, whichever env or task asks first. */
import { createHash } from 'node:crypto';
import { dirname, join, posix } from 'node:path';
import { downloadFile } from '../../lib/download/download.js';
import { exists } from '../../lib/exists.js';
import type { SetupContext } from './step-kind.js';

/** RFC 9562 §6.6: the namespace of URLs. */
const URL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/** The host's copy of `url`, named as OSWorld names it (guest-api.md §6) after the file it becomes in the guest. */
export async function cachedDownload(url: string, path: string, context: SetupContext): Promise<string> {
  const file = join(dirname(context.cacheDir), 'downloads', `${urlUuid(url)}_${posix.basename(path)}`);
  // A file under this name is complete: downloadFile gives the name last.
  if (!(await exists(file))) {
    const { signal, onProgress } = context;
    await downloadFile(url, file, { signal, ...(onProgress ? { onProgress } : {}) });
  }
  return file;
}

/** The name-based UUID of RFC 9562 §5.5, version 5. */
export function urlUuid(url: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(URL_NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(url)
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
