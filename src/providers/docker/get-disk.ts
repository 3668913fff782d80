/** The guest's disk for OSWorld's Docker image: fetched, checked, unpacked, and only then given its name. */
import { constants, copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { exists } from '../../lib/exists.js';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';
import { singleQuoted } from '../../shell-words.js';
import {
  type Archive,
  type ArchiveRequest,
  findInArchive,
  obtainArchive,
  unpackArchive,
} from '../images/archive.js';
import { checkQcow2 } from './qcow2.js';

export interface DiskRequest
  extends Pick<ArchiveRequest, 'url' | 'from' | 'sha256' | 'env' | 'signal' | 'report'> {
  /** Where the disk is to be; absolute. */
  to: string;
}

/** What the disk at this URL is called where it is kept. */
export function diskName(url: string): string {
  return basename(new URL(url).pathname).replace(/\.zip$/, '') || 'desktop.qcow2';
}

const WHAT = "the guest's disk";

/**
 * False when it was there already. Throws E_QCOW2 for a file that is there and is not a disk, E_DOWNLOAD_FAILED, E_DISK_FULL,
 * E_NO_PERMISSION, E_CONFIG, or the signal's reason; the next call goes on where this one stopped.
 */
export async function getDisk(request: DiskRequest): Promise<boolean> {
  const { to, signal } = request;
  if (await exists(to)) {
    await assertDisk(to);
    return false;
  }
  const archive = await obtainArchive({ ...request, what: WHAT, part: `${to}.part` });
  try {
    await makeFolder(dirname(to));
    if (archive.isZip) await unpackDisk(archive, request);
    else await takeDisk(archive, request);
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(error, to);
  }
  await archive.remove();
  return true;
}

async function unpackDisk(archive: Archive, request: DiskRequest): Promise<void> {
  const { to } = request;
  const disk = await findInArchive(archive, 'disk (*.qcow2)', (name) => name.endsWith('.qcow2'));
  const nameOf = (name: string) => (name === disk.name ? basename(to) : null);
  await unpackArchive(archive, dirname(to), nameOf, { ...request, what: WHAT });
  await assertDisk(to);
}

/** It came as it is. */
async function takeDisk({ path }: Archive, { to, url, from, report }: DiskRequest): Promise<void> {
  const problem = await checkQcow2(path, '');
  if (problem !== null && from !== null) throw new ArpoEnvError(problem);
  if (problem !== null) {
    throw new ArpoEnvError({
      code: 'E_DOWNLOAD_FAILED',
      message: `what ${url} answers is neither a qcow2 image nor a zip archive`,
      fix: `correct the URL, and remove what came: rm ${singleQuoted(path)}`,
    });
  }
  if (from === null) return rename(path, to);
  report.doing(`copying ${from}`);
  const draft = `${to}.copying`;
  try {
    await copyFile(path, draft, constants.COPYFILE_FICLONE);
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function assertDisk(path: string): Promise<void> {
  const problem = await checkQcow2(path, '');
  if (problem !== null) throw new ArpoEnvError(problem);
}
