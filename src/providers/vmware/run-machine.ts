/** Bringing a virtual machine up: from its snapshot, or from what it is, to where its guest is reached. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DesktopEndpoints } from '../../desktop/endpoints.js';
import { waitUntilReady } from '../../desktop/readiness.js';
import type { StartOptions } from '../provider.js';
import { awaitAddress } from './address.js';
import type { Vmrun } from './vmrun.js';
import { logTail } from './vmware-log.js';

/** Ports of OSWorld's guests (providers.md §1). */
const PORTS = { agent: 5000, cdp: 9222, vlc: 8080 } as const;
/** Whoever started it has a budget of their own, which is mostly shorter. */
const BOOT_LIMIT_MS = 1_800_000;

export interface MachineSettings {
  vmx: string;
  /** The snapshot that episodes begin from. */
  snapshot: string;
  /** Show its window. */
  gui: boolean;
  /** Port of its page to watch; undefined where it has none. */
  watchPort: number | undefined;
  env: NodeJS.ProcessEnv;
  /** Milliseconds between questions for its address. Default 500. */
  pollMs?: number | undefined;
}

/** Back to the snapshot, and running: seconds when there is memory in it. `onReverted`: what it was before is gone now. */
export async function runFromSnapshot(
  vmrun: Vmrun,
  settings: MachineSettings,
  { signal, onProgress }: StartOptions,
  onReverted: () => void = () => undefined,
): Promise<DesktopEndpoints> {
  const { vmx, snapshot } = settings;
  onProgress({ phase: 'reverting', detail: snapshot });
  await vmrun.revert(vmx, snapshot, signal);
  onReverted();
  return run(vmrun, settings, { signal, onProgress });
}

/** As it is, and running. */
export async function run(
  vmrun: Vmrun,
  settings: MachineSettings,
  { signal, onProgress }: StartOptions,
): Promise<DesktopEndpoints> {
  const { vmx, gui, env, pollMs } = settings;
  onProgress({ phase: 'starting', detail: vmx });
  await vmrun.start(vmx, gui ? 'gui' : 'nogui', signal);
  onProgress({ phase: 'awaiting its address' });
  const address = await awaitAddress({
    ...{ vmrun, vmx, signal, env, pollMs },
    timeoutMs: BOOT_LIMIT_MS,
    onTry: (said) => onProgress({ phase: 'awaiting its address', detail: said }),
  });
  onProgress({ phase: 'agent', detail: address });
  return endpointsAt(address, settings);
}

/**
 * The snapshot that episodes begin from, taken with its memory once the guest of a machine that runs answers. Throws
 * E_BOOT_FAILED where it does not.
 */
export async function takeInitialSnapshot(
  vmrun: Vmrun,
  settings: MachineSettings,
  endpoints: DesktopEndpoints,
  { signal, onProgress }: StartOptions,
): Promise<void> {
  const { vmx, snapshot } = settings;
  onProgress({ phase: 'awaiting the guest agent', detail: endpoints.agent.host });
  await waitUntilReady(endpoints, {
    ...{ budgetMs: BOOT_LIMIT_MS, when: 'screenshot', signal },
    logs: (tail) => logTail(vmx, tail),
  });
  onProgress({ phase: 'taking the snapshot', detail: snapshot });
  await vmrun.snapshot(vmx, snapshot, signal);
}

/** Off, so that its disks can be cloned: shut down by its guest, whose files are in order then. */
export async function shutDown(vmrun: Vmrun, vmx: string, signal: AbortSignal): Promise<void> {
  await vmrun.stop(vmx, signal);
  // VMware lets go of the files a moment after it has said that the machine is off.
  for (let look = 0; look < 40 && (await vmrun.isRunning(vmx, signal)); look += 1)
    await sleep(250, undefined, { signal });
}

function endpointsAt(address: string, { watchPort }: MachineSettings): DesktopEndpoints {
  const at = (port: number) => new URL(`http://${address}:${port}/`);
  return {
    agent: at(PORTS.agent),
    cdp: at(PORTS.cdp),
    watch: watchPort === undefined ? null : at(watchPort),
    vlc: at(PORTS.vlc),
  };
}
