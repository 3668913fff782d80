/** What a step is, and what it has at hand. */
import { join } from 'node:path';
import type { Problem } from '../errors.js';
import type { Host } from '../host/host.js';
import type { ServiceManager } from '../runs/service/service.js';
import type { Command } from './command.js';
import type { MachineFacts } from './machine.js';
import type { SetupSettings } from './settings.js';

export type Inspection =
  | { state: 'done'; note: string }
  | { state: 'needed'; why: string }
  /** Does not apply here, which is not the same as broken. */
  | { state: 'not-applicable'; why: string };

/**
 * One step. What `plan` answers is what is run and what `--dry-run` prints; after it `inspect` must say `done`.
 * All of it is asked again at each run: what is done is seen on the machine, never remembered.
 */
export interface Step {
  /** For `--only`, `--skip` and `--from`. */
  id: string;
  title: string;
  /** Steps that must be done before. They stand earlier in the list. */
  needs: readonly string[];
  /** Only where desktops are containers. */
  dockerOnly?: boolean;
  /** Looks, changes nothing, needs no root. Throws what no plan of ours could fix. */
  inspect(context: SetupContext): Promise<Inspection>;
  /** Made when the step is needed; it may look at the machine, as earlier steps have left it. Throws like `inspect`. */
  plan(context: SetupContext): Promise<Command[]>;
  /** A fix for what can go wrong here in particular; null when it is nothing that this step knows. */
  explain?(failure: CommandFailure, context: SetupContext): Problem | null;
  /** What must hold beyond `inspect` once it was applied, such as a server that answers. Throws when it does not. */
  verify?(context: SetupContext): Promise<void>;
}

export interface CommandFailure {
  command: Command;
  /** Null when it was ended for its time limit. */
  exitCode: number | null;
  /** The last lines of both its outputs. */
  lines: readonly string[];
}

export interface SetupContext {
  machine: Host;
  facts: MachineFacts;
  settings: SetupSettings;
  services: Pick<ServiceManager, 'render'>;
  signal: AbortSignal;
}

/** What we keep between runs, for speed only: nothing is lost with it. */
export function cacheFolder({ facts }: Pick<SetupContext, 'facts'>): string {
  return join(facts.user.home, '.cache', 'arpo-env');
}
