/**
 * OSWorld's virtual machine on this one, as a desktop: its files, an identity of its own, a first start, and the snapshot that
 * episodes begin from. What is done is seen on the machine, so that it goes on wherever it was interrupted.
 */
import { readdir, rename } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { ArpoEnvError } from '../../../errors.js';
import { isClaim } from '../../../host/claim.js';
import { exists } from '../../../lib/exists.js';
import { fileError } from '../../../lib/file-error.js';
import { stateFolder } from '../../../runs/state-folder.js';
import { shellLine } from '../../../shell-words.js';
import { type ArchiveRequest, findInArchive, obtainArchive, unpackArchive } from '../../images/archive.js';
import { findVmrun } from '../find-vmrun.js';
import { Registry } from '../registry.js';
import { type MachineSettings, run, shutDown, takeInitialSnapshot } from '../run-machine.js';
import { Vmrun } from '../vmrun.js';
import { layOut } from './lay-out.js';

export interface InstallRequest
  extends Pick<ArchiveRequest, 'url' | 'from' | 'sha256' | 'signal' | 'report'> {
  env: NodeJS.ProcessEnv;
  /** Where the machine is to be; absolute. Its name is the machine's. */
  folder: string;
  /** providers.vmware.vmrun. */
  vmrun: string | undefined;
  snapshot: string;
  gui: boolean;
  /** Milliseconds between questions for its address. Default 500. */
  pollMs?: number | undefined;
}

export interface Installed {
  vmx: string;
  /** What had to be done; empty when all was there. */
  did: ('files' | 'snapshot')[];
}

const WHAT = 'the virtual machine';
const never = new AbortController().signal;

/**
 * Throws E_VMWARE, E_DOWNLOAD_FAILED, E_DISK_FULL, E_NO_PERMISSION, E_BOOT_FAILED, E_CONFIG, or the signal's reason. A machine
 * that it started is off again in any case.
 */
export async function installMachine(request: InstallRequest): Promise<Installed> {
  const { env, folder, report } = request;
  // First, as it takes a moment and the download hours.
  const vmrun = new Vmrun({ program: await findVmrun(request.vmrun, env), env });
  const vmx = join(folder, `${basename(folder)}.vmx`);
  const did: Installed['did'] = [];
  if (!(await exists(vmx))) {
    await requireFree(folder, basename(vmx));
    await makeFiles(request);
    did.push('files');
  }
  report.doing('asking VMware for its snapshots');
  if (!(await vmrun.snapshots(vmx, request.signal)).includes(request.snapshot)) {
    await makeSnapshot(vmrun, vmx, request);
    did.push('snapshot');
  }
  return { vmx, did };
}

/** Now rather than after hours: what is somebody's is not written over. */
async function requireFree(folder: string, vmx: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `${folder} is there already, with other files and no ${vmx}`,
    fix: shellLine(['arpo-env', 'image', 'get', 'vmware', '--to', join(folder, 'osworld-ubuntu')]),
  });
}

/** In a folder beside it, which takes the name at the end: what has the name is whole. */
async function makeFiles(request: InstallRequest): Promise<void> {
  const { folder, report } = request;
  const archive = await obtainArchive({ ...request, what: WHAT, part: `${folder}.zip.part` });
  const found = await findInArchive(archive, '.vmx file', (name) => name.endsWith('.vmx'));
  const within = posix.dirname(found.name);
  const draft = `${folder}.unpacking`;
  await unpackArchive(archive, draft, (name) => nameBelow(within, name), { ...request, what: WHAT });
  report.doing('giving it a name and an identity of its own');
  try {
    await layOut(draft, posix.basename(found.name), basename(folder));
    await rename(draft, folder);
  } catch (error) {
    throw fileError(error, folder);
  }
  await archive.remove();
}

/** Files of the machine alone, without locks and logs of whoever packed it. */
function nameBelow(folder: string, name: string): string | null {
  const relative =
    folder === '.' ? name : name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : null;
  if (relative === null || /(^|\/)(\._|\.DS_Store|__MACOSX)|\.lck(\/|$)|\.log$/.test(relative)) return null;
  return relative;
}

async function makeSnapshot(vmrun: Vmrun, vmx: string, request: InstallRequest): Promise<void> {
  const { snapshot, gui, env, pollMs, signal, report } = request;
  const settings: MachineSettings = { vmx, snapshot, gui, watchPort: undefined, env, pollMs };
  const onProgress = ({ phase, detail }: { phase: string; detail?: string }) =>
    report.doing(detail === undefined ? phase : `${phase}: ${detail}`);
  // No server takes it meanwhile; and when this process is killed, the next `serve` or `stop` finds what it left running.
  const claim = await new Registry(stateFolder(env).vmware).claim(vmx, vmrun.program);
  if (!isClaim(claim)) throw inUse(vmx, claim.holder.pid);
  await using _claim = claim;
  try {
    const endpoints = await run(vmrun, settings, { signal, onProgress });
    await takeInitialSnapshot(vmrun, settings, endpoints, { signal, onProgress });
    report.doing('shutting it down');
    await shutDown(vmrun, vmx, signal);
  } catch (error) {
    // Why it failed counts for more than a machine that cannot be powered off.
    await vmrun.stop(vmx, never, 'hard').catch(() => undefined);
    throw error;
  }
}

function inUse(vmx: string, pid: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_VMWARE',
    message: `${vmx} is in use by another arpo-env (pid ${pid}), which takes its snapshot itself`,
    fix: 'wait for it, or stop it: arpo-env stop',
  });
}
