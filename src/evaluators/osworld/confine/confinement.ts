/** Where OSWorld's Python workers run: in a sandbox, since they read files that a model made and some tasks run its code. */
import type { Confinement } from './contract.js';
import { sandboxes } from './sandboxes.js';
import { withoutSandbox } from './unconfined.js';

export interface ConfinementOptions {
  /** As `evaluators.confine`: whether there is to be a sandbox. */
  confine: boolean;
  /** Bytes that one evaluation may take, as `evaluators.memoryLimit`: its files in memory get half of them. */
  memoryLimit: number;
}

/** Looks, once in a process, whether there can be a sandbox on this machine. Never throws. */
export function confinement({ confine, memoryLimit }: ConfinementOptions): Promise<Confinement> {
  return confine ? sandboxes(memoryLimit) : withoutSandbox();
}
