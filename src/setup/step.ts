/** What a step is, and what it may ask of the machine. */
import { join } from 'node:path';
import type { Problem } from '../errors.js';
import type { KvmFacts } from '../host/kvm/facts.js';
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
 * All of it is asked anew at each run: what is done is seen on the machine, never remembered.
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
  system: System;
  facts: MachineFacts;
  settings: SetupSettings;
  services: Pick<ServiceManager, 'render'>;
  signal: AbortSignal;
}

export interface QueryResult {
  /** 127 when the program is missing. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The machine as steps see it; tests put a double here. */
export interface System {
  /** Asks; must change nothing. English output, no terminal, at most 20 s, then E_TIMEOUT. */
  query(command: Pick<Command, 'argv' | 'as' | 'cwd' | 'env'>): Promise<QueryResult>;
  /** Carries out one attempt of one command. `onLine` gets each line, also those that overwrite themselves. */
  run(
    command: Command,
    options: { signal: AbortSignal; onLine(line: string): void },
  ): Promise<CommandFailure | null>;
  /** Null when there is no such file. */
  readText(path: string): Promise<string | null>;
  exists(path: string): Promise<boolean>;
  /** Names in a folder; empty when it is missing. */
  list(folder: string): Promise<string[]>;
  /** Bytes of a file, or of all files right in a folder; null when there is nothing. */
  sizeOf(path: string): Promise<number | null>;
  /** Bytes that this user may still write at `path` or at its nearest parent that exists. */
  freeBytes(path: string): Promise<number>;
  kvm(): Promise<KvmFacts>;
  /** Whoever holds a lock of apt or dpkg, e.g. `pid 812 (unattended-upgr)`; null when nobody does. */
  aptLockHolder(): Promise<string | null>;
}

/** What we keep between runs, for speed only: nothing is lost with it. */
export function cacheFolder({ facts }: Pick<SetupContext, 'facts'>): string {
  return join(facts.user.home, '.cache', 'arpo-env');
}
