/** Virtual machines that dead servers left running, and what puts them in order. */
import { isClaim } from '../../host/claim.js';
import { terminateProcess } from '../../host/process.js';
import type { LeftDesktop } from '../../runs/left-desktops.js';
import { dropClone } from './clones.js';
import { type LeftMachine, livingRun, Registry } from './registry.js';
import { Vmrun } from './vmrun.js';

const GRACE_MS = 5000;

/** `folder`: `StateFolder.vmware`. Never throws. */
export async function findLeftMachines(folder: string, env: NodeJS.ProcessEnv): Promise<LeftDesktop[]> {
  const registry = new Registry(folder);
  return (await registry.left()).map((machine) => ({
    name: machine.name,
    provider: 'vmware',
    server: machine.server,
    isBeingRemoved: false,
    remove: () => putInOrder(registry, machine, env),
  }));
}

/** Powered off and free again; a clone that was never finished is removed. */
async function putInOrder(
  registry: Registry,
  { note, isOfEarlierBoot }: LeftMachine,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const vmrun = new Vmrun({ program: note.vmrun, env });
  const claim = await registry.claim(note.vmx, note.vmrun);
  // Another server was quicker, and puts it in order itself.
  if (!isClaim(claim)) return;
  await using _claim = claim;
  const { signal } = new AbortController();
  // It would start a machine that was just stopped.
  const runs = await livingRun(claim.before);
  if (runs !== null) await terminateProcess(runs, { graceMs: GRACE_MS });
  const clone = (await registry.clones()).find(({ vmx }) => vmx === note.vmx);
  if (clone && !clone.isPrepared) await dropClone(vmrun, registry, clone, signal);
  // No machine outlives a boot: one that is not ours alone and runs now was started by a person.
  else if (clone || !isOfEarlierBoot) await vmrun.stop(note.vmx, signal, 'hard');
}
