/** The guest's disk, checked before anything starts: an absolute path of a readable file that is a qcow2. */

import { open, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Problem } from '../../errors.js';
import { errno, messageOf } from '../../lib/errno.js';
import { singleQuoted } from '../../shell-words.js';

const DOWNLOAD = 'get it once: arpo-env image get docker';
/** qcow2 specification: a header begins with "QFI\xfb". */
const MAGIC = Buffer.from('QFI\xfb', 'latin1');

/** What is wrong with the disk, or null. */
export async function checkQcow2(path: string | undefined, image: string): Promise<Problem | null> {
  const problem = (message: string, fix: string): Problem => ({ code: 'E_QCOW2', message, fix });
  if (!path) {
    return problem(
      `image ${image} boots a VM, and no disk for it is given`,
      "arpo-env image get docker downloads OSWorld's; or set ARPO_ENV_PROVIDERS_DOCKER_QCOW2=/path/to/Ubuntu.qcow2, or use an image without a VM: arpo-env image build",
    );
  }
  if (!isAbsolute(path)) {
    return problem(`the disk ${path} is not an absolute path`, `write it in full: ${process.cwd()}/${path}`);
  }
  try {
    const info = await stat(path);
    if (info.isDirectory()) {
      // Docker itself makes such a folder when a file that is to be mounted does not exist.
      return problem(
        `the disk ${path} is a directory`,
        `remove it (rmdir ${singleQuoted(path)}) and put the .qcow2 file there; ${DOWNLOAD}`,
      );
    }
    if (!(await firstBytes(path)).equals(MAGIC)) {
      return problem(
        `the disk ${path} (${info.size} bytes) is not a qcow2 image`,
        `is the download incomplete, or still zipped? ${DOWNLOAD}`,
      );
    }
    return null;
  } catch (error) {
    const code = errno(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return problem(`the disk ${path} does not exist`, DOWNLOAD);
    if (code === 'EACCES')
      return problem(
        `this user may not read the disk ${path}`,
        `check the permissions: ls -l ${singleQuoted(path)}; then chmod a+r ${singleQuoted(path)}`,
      );
    return problem(
      `the disk ${path} cannot be read: ${messageOf(error)}`,
      'is the drive that holds it mounted and healthy? see df -h and dmesg',
    );
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
  return buffer.subarray(0, bytesRead);
}
