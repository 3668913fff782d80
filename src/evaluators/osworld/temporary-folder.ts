/** Folders for as long as this process uses them; what a killed process left there, and what runs in there still, goes when the next one makes one. */
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOfSandbox } from '../../guest/sandbox/user.js';
import { pidScope } from '../../host/pid-scope.js';
import { sendSignal } from '../../host/process.js';
import { fileError } from '../../lib/file-error.js';
import { endLeftBehind } from './confine/left-behind.js';

interface TemporaryFolder extends AsyncDisposable {
  /** Only this user may enter it. */
  readonly path: string;
}

const PREFIX = 'arpo-env-evaluators';

/** Throws E_NO_PERMISSION, E_DISK_FULL or the system's error. */
export async function makeTemporaryFolder(parent = tmpdir()): Promise<TemporaryFolder> {
  const scope = await pidScope();
  await sweep(parent, scope);
  try {
    const path = await mkdtemp(join(parent, `${PREFIX}-${scope}-${process.pid}-`));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    throw fileError(error, parent);
  }
}

/** Never throws: what cannot be removed is not in the way. */
async function sweep(parent: string, scope: string): Promise<void> {
  const name = new RegExp(`^${PREFIX}-${scope}-(\\d+)-\\w+$`);
  for (const entry of await readdir(parent).catch(() => [])) {
    const pid = Number(name.exec(entry)?.[1] ?? process.pid);
    if (pid === process.pid || sendSignal(pid, 0) !== 'gone') continue;
    const path = join(parent, entry);
    if (!(await isOurs(path))) continue;
    await endLeftBehind(path);
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Other users can make folders of such names. */
async function isOurs(path: string): Promise<boolean> {
  const owner = (await lstat(path).catch(() => null))?.uid ?? -1;
  return owner === process.getuid?.() || (process.getuid?.() === 0 && isOfSandbox(owner));
}
