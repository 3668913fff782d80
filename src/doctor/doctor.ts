/**
 * The doctor: looks at the whole chain from the desktop to the trainer and names the first broken link, with its fix.
 * It only looks; `fix.ts` changes what is safe to change, when it is asked to.
 */
import { setMaxListeners } from 'node:events';
import { type Aws, localAws } from '../aws/aws.js';
import type { LoadedConfig } from '../config/load.js';
import { type Config, configSchema } from '../config/schema.js';
import type { ArpoEnvError } from '../errors.js';
import type { Host } from '../host/host.js';
import { localHost } from '../host/local/local-host.js';
import { CHECKS } from './checks/index.js';
import type { CheckContext } from './context.js';
import { type CheckResult, runChecks } from './engine.js';
import { createLooks } from './looks.js';
import { localOwn, type Own } from './own.js';
import { detectRole, type Role } from './role.js';
import { selectChecks } from './select.js';
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
  machine?: Host;
  own?: Own;
  aws?: Aws;
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
  const { env } = process;
  const { machine = localHost(env), own = localOwn(env), aws = localAws(env) } = options;
  const { host, only = [], deep = false, sshConfig } = options;
  const { config, loaded, configError } = usable(options.config);
  const role = options.role ?? (await detectRole(machine));
  const checks = selectChecks(CHECKS, role, only);
  const { running } = await own.runs();
  const topology = topologyOf(config, role, host, running);
  // Looks that nobody waits for any more end with the run.
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  // Every check listens to it while it runs.
  setMaxListeners(0, signal);
  const given = { machine, own, aws, config, role, topology, sshConfig, signal };
  const looks = createLooks(given);
  const context: CheckContext = { ...given, loaded, configError, deep, looks };
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
