/**
 * Linked clones of one machine, made when they are needed and kept for the next server. VMware clones no snapshot that has
 * memory in it, and OSWorld's `init_state` has: so the base gets one of its disks alone, once, and each clone, once it has
 * booted, an `init_state` of its own.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { type Claim, claimFile, isClaim } from '../../host/claim.js';
import { exists } from '../../lib/exists.js';
import { makeFolder } from '../../lib/make-folder.js';
import { sleep } from '../../lib/wait.js';
import { shellLine } from '../../shell-words.js';
import type { StartOptions } from '../provider.js';
import type { CloneRecord, Registry } from './registry.js';
import { nameOf } from './registry.js';
import { type MachineSettings, runFromSnapshot, shutDown } from './run-machine.js';
import type { Vmrun } from './vmrun.js';
import { patchVmx } from './vmx.js';

/** The base's disks, without memory; the number of the snapshot that they are of follows. */
const BASE_SNAPSHOT = 'arpo-env-base';
const LOCK_POLL_MS = 250;

export interface CloneOptions {
  vmrun: Vmrun;
  registry: Registry;
  /** Folder in which each gets one of its own. */
  folder: string;
  /** File that one server at a time has while it clones. */
  lock: string;
  /** Of the base. */
  settings: MachineSettings;
  start: StartOptions;
}

export interface TakenClone {
  clone: CloneRecord;
  claim: Claim;
}

/** One that nobody has: an old one, else a new one, which has no snapshot of its own yet. */
export async function takeClone(options: CloneOptions): Promise<TakenClone> {
  const { registry, vmrun, settings } = options;
  const from = await baseSnapshot(settings);
  for (const clone of await registry.clones()) {
    if (clone.base !== settings.vmx || clone.snapshot !== settings.snapshot) continue;
    const claim = await registry.claim(clone.vmx, vmrun.program);
    if (!isClaim(claim)) continue;
    if (clone.isPrepared && clone.from === from && (await exists(clone.vmx))) return { clone, claim };
    // Its making was cut short, somebody took its files away, or the snapshot has been taken anew.
    await dropClone(vmrun, registry, clone, options.start.signal);
    await claim[Symbol.asyncDispose]();
  }
  return makeClone(from, options);
}

/** It is off and removed with its folder, which is one that we made for it. */
export async function dropClone(
  vmrun: Vmrun,
  registry: Registry,
  clone: CloneRecord,
  signal: AbortSignal,
): Promise<void> {
  if (await exists(clone.vmx)) await vmrun.stop(clone.vmx, signal, 'hard');
  const isOurs =
    basename(clone.folder) === clone.name && join(clone.folder, `${clone.name}.vmx`) === clone.vmx;
  if (isOurs) await rm(clone.folder, { recursive: true, force: true });
  await registry.forgetClone(clone);
}

async function makeClone(from: string, options: CloneOptions): Promise<TakenClone> {
  const { vmrun, registry, settings, start } = options;
  const name = `arpo-env-${nameOf(settings.vmx).replace(/[^\w.-]/g, '-')}-${randomBytes(3).toString('hex')}`;
  const folder = join(options.folder, name);
  const vmx = join(folder, `${name}.vmx`);
  const { vmx: base, snapshot } = settings;
  const clone = { name, vmx, folder, base, snapshot, from, isPrepared: false };
  const claim = await registry.claim(vmx, vmrun.program);
  if (!isClaim(claim)) throw new Error(`${name} is somebody's already`);
  try {
    await registry.recordClone(clone);
    await makeFolder(folder, 0o700);
    const watched = vmrun.watched((runs) => claim.annotate({ vmx, vmrun: vmrun.program, runs }));
    await using _lock = await locked(options.lock, start);
    start.onProgress({ phase: 'cloning', detail: name });
    await cloneFrom(watched, clone, options);
    // Else VMware asks in a window what nobody sees.
    await patchVmx(vmx, { 'msg.autoAnswer': 'TRUE', displayName: name });
    return { clone, claim };
  } catch (error) {
    const { signal } = new AbortController();
    await dropClone(vmrun, registry, clone, signal).catch(() => undefined);
    await claim[Symbol.asyncDispose]();
    throw error;
  }
}

async function cloneFrom(vmrun: Vmrun, record: CloneRecord, options: CloneOptions): Promise<void> {
  const { settings, start } = options;
  const { vmx, snapshot } = settings;
  const { from } = record;
  const clone = (name: string) => vmrun.cloneLinked(vmx, record.vmx, name, record.name, start.signal);
  const present = await vmrun.snapshots(vmx, start.signal);
  if (!present.includes(from)) {
    if (present.includes(snapshot) && (await clone(snapshot))) return;
    await takeBaseSnapshot(from, present.includes(snapshot), options);
  }
  if (await clone(from)) return;
  throw new ArpoEnvError({
    code: 'E_VMWARE',
    message: `VMware does not clone the snapshot ${from} of ${vmx}: it was taken while the machine ran, and not by arpo-env`,
    fix: shellLine([vmrun.program.path, '-T', vmrun.program.type, 'deleteSnapshot', vmx, from]),
  });
}

/** The base, as its snapshot has it, shut down. */
async function takeBaseSnapshot(
  from: string,
  hasInitial: boolean,
  { vmrun, registry, settings, start }: CloneOptions,
): Promise<void> {
  const { vmx } = settings;
  const claim = await registry.claim(vmx, vmrun.program);
  if (!isClaim(claim)) {
    throw new ArpoEnvError({
      code: 'E_VMWARE',
      message: `${vmx} cannot be cloned yet: another env server (pid ${claim.holder.pid}) has it running, and its disks have to be copied once while it is off`,
      fix: 'stop that server first: arpo-env stop; later ones may run beside it',
    });
  }
  await using _base = claim;
  const watched = vmrun.watched((runs) => claim.annotate({ vmx, vmrun: vmrun.program, runs }));
  // What a dead server left is ours to revert; what a person has open is not.
  const isOurs = hasInitial && claim.before !== null;
  if (!isOurs && (await vmrun.isRunning(vmx, start.signal))) {
    throw new ArpoEnvError({
      code: 'E_VMWARE',
      message: `${vmx} cannot be cloned: somebody has it running, and its disks have to be copied once while it is off`,
      fix: 'shut it down, and start the env server again',
    });
  }
  const progress = {
    ...start,
    onProgress: () => start.onProgress({ phase: 'preparing its disks for clones', detail: vmx }),
  };
  try {
    if (hasInitial) {
      await runFromSnapshot(watched, settings, progress);
      await shutDown(watched, vmx, start.signal);
    }
    await watched.snapshot(vmx, from, start.signal);
  } catch (error) {
    await vmrun.stop(vmx, new AbortController().signal, 'hard').catch(() => undefined);
    throw error;
  }
}

/** What its disks without memory are called: of a snapshot that was taken anew, under another number, they are others. */
async function baseSnapshot({ vmx, snapshot }: MachineSettings): Promise<string> {
  const text = await readFile(vmx.replace(/\.vmx$/i, '.vmsd'), 'utf8').catch(() => '');
  const entries = [...text.matchAll(/^(snapshot\d+)\.(displayName|uid)\s*=\s*"([^"]*)"/gm)];
  const owner = entries.find(([, , field, value]) => field === 'displayName' && value === snapshot)?.[1];
  const uid = entries.find(([, of, field]) => of === owner && field === 'uid')?.[3];
  return uid === undefined ? BASE_SNAPSHOT : `${BASE_SNAPSHOT}-${uid}`;
}

/** VMware clones one machine once at a time. */
async function locked(file: string, { signal, onProgress }: StartOptions): Promise<Claim> {
  for (let look = 0; ; look += 1) {
    const outcome = await claimFile(file);
    if (isClaim(outcome)) return outcome;
    if (look === 0) onProgress({ phase: 'awaiting its turn to clone' });
    await sleep(LOCK_POLL_MS, signal);
  }
}
