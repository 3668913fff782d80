/**
 * The doctor: looks at the whole chain from the desktop to the trainer and names the first broken link, with its fix.
 * It only looks; `fix.ts` changes what is safe to change, when it is asked to.
 */
import { setMaxListeners } from 'node:events';
import type { OpenEc2 } from '../aws/cloud-facts.js';
import type { LoadedConfig } from '../config/load.js';
import { type Config, configSchema } from '../config/schema.js';
import type { ArpoEnvError } from '../errors.js';
import type { Role } from './check.js';
import { CHECKS } from './checks/index.js';
import { type CheckContext, createLooks } from './context.js';
import { type CheckResult, runChecks } from './engine.js';
import { detectRole } from './role.js';
import { selectChecks } from './select.js';
import { localSystem } from './system/local-system.js';
import type { System } from './system/system.js';
import { type Topology, topologyOf } from './topology.js';
import { type Verdict, verdictOf } from './verdict.js';

export interface DoctorOptions {
  /** The config, or why it cannot be used: that is a finding too. */
  config: LoadedConfig | ArpoEnvError;
  /** SSH host of the cluster. Default: the config's. */
  host?: string | undefined;
  /** Default: what the machine looks like. */
  role?: Role | undefined;
  /** Ids, families or links; what they need is run too. Default: all. */
  only?: readonly string[];
  /** Also what takes longer or starts something. Default: false. */
  deep?: boolean;
  /** `ssh -F`: another ssh_config. */
  sshConfig?: string | undefined;
  signal: AbortSignal;
  /** Default: this machine. */
  system?: System;
  openEc2?: OpenEc2;
}

export interface DoctorReport {
  role: Role;
  topology: Topology;
  /** In the order of the chain. */
  results: CheckResult[];
  verdict: Verdict;
  durationMs: number;
}

/** Throws E_USAGE for unknown names in `only`, and the signal's reason. */
export async function examine(options: DoctorOptions): Promise<DoctorReport> {
  const started = performance.now();
  const { host, only = [], deep = false, sshConfig, system = localSystem(process.env) } = options;
  const { config, loaded, configError } = usable(options.config);
  const role = options.role ?? (await detectRole(system));
  const checks = selectChecks(CHECKS, role, only);
  const { running } = await system.runs();
  const topology = topologyOf(config, role, host, running);
  // Looks that nobody waits for any more end with the run.
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  // Every check listens to it while it runs.
  setMaxListeners(0, signal);
  const openEc2 = options.openEc2 ?? (async (region) => (await import('../aws/ec2.js')).openEc2(region));
  const looks = createLooks({ system, config, role, topology, sshConfig, openEc2, signal });
  const context: CheckContext = { system, config, loaded, configError, role, topology, deep, looks, signal };
  try {
    const results = await runChecks(checks, context);
    return { role, topology, results, verdict: verdictOf(results), durationMs: performance.now() - started };
  } finally {
    end.abort();
  }
}

function usable(given: DoctorOptions['config']): {
  config: Config;
  loaded: LoadedConfig | null;
  configError: ArpoEnvError | null;
} {
  if ('config' in given) return { config: given.config, loaded: given, configError: null };
  return { config: configSchema.parse({}), loaded: null, configError: given };
}
