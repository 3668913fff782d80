/** What a server says when it starts: what it is, whether there is KVM, and how long a boot may take. */
import { networkInterfaces } from 'node:os';
import { modelFacts } from '../arpo/models.js';
import { formatSource } from '../config/layers.js';
import type { LoadedConfig } from '../config/load.js';
import { knownKvmFailure } from '../host/kvm/failures.js';
import { EMULATION_BUDGET_MS, findKvm, type KvmFinding } from '../host/kvm/kvm.js';
import type { ProviderName } from '../providers/provider.js';
import { traitsOf } from '../providers/traits.js';
import { stateFolder } from '../runs/state-folder.js';
import { formatDuration } from '../ui/format.js';

export interface BootBudget {
  milliseconds: number;
  why: string;
  /** Somebody chose it. Otherwise it grows where desktops turn out to be slow. */
  isFixed: boolean;
}

const BUDGET_MS = 300_000;

/** A guest is booted to find out where desktops may need it; what real guests died of here is believed. */
export async function lookForKvm(provider: ProviderName | 'auto', signal: AbortSignal): Promise<KvmFinding> {
  const known = await knownKvmFailure(stateFolder(process.env).kvmFailures);
  return findKvm({ deep: traitsOf(provider).kvm === 'here', known, signal });
}

/** `server.readyTimeout`, or by what this machine is. */
export function bootBudget(
  { config, sources }: LoadedConfig,
  provider: ProviderName | 'auto',
  kvm: KvmFinding,
): BootBudget {
  const { readyTimeout } = config.server;
  if (readyTimeout !== undefined) {
    return {
      milliseconds: readyTimeout,
      why: formatSource(sources['server.readyTimeout'] ?? { kind: 'default' }),
      isFixed: true,
    };
  }
  const byMachine = (milliseconds: number, why: string) => ({ milliseconds, why, isFixed: false });
  switch (traitsOf(provider).kvm) {
    case 'here':
      return kvm.found
        ? byMachine(BUDGET_MS, 'KVM')
        : byMachine(EMULATION_BUDGET_MS, 'software emulation, without KVM');
    case 'elsewhere':
      return byMachine(EMULATION_BUDGET_MS, 'whether the pool has KVM cannot be seen from here');
    case 'none':
      return byMachine(BUDGET_MS, `provider ${provider} does not depend on KVM`);
  }
}

/** The first lines of the log; the first one begins as the Python server's does. */
export function startupLines(
  { config }: LoadedConfig,
  provider: ProviderName | 'auto',
  kvm: KvmFinding,
  budget: BootBudget,
): string[] {
  const { engine, envs, standby, dialect, pace, maxSteps, repo, app } = config.server;
  const what =
    engine === 'native'
      ? `envs=${envs}, standby=${standby}, dialect=${dialect}, pace=${pace}, maxSteps=${maxSteps}`
      : `${app} of ${repo}`;
  return [
    `Startup: PROVIDER=${provider}, ${what}`,
    kvm.found ? `✓ KVM detected: ${kvm.reason}` : `⚠ KVM not found: ${kvm.reason}`,
    `Boot budget: ${formatDuration(budget.milliseconds)} (${budget.why})`,
    ...(engine === 'native' ? [coordinatesLine(config.server)] : []),
  ];
}

function coordinatesLine({ model, coordinates }: LoadedConfig['config']['server']): string {
  const how = { absolute: 'pixels of the resized screenshot', relative: 'thousandths of the screen' };
  const chosen = modelFacts({ model, coordinates }).coordinates;
  if (coordinates === 'auto')
    return `Coordinates: ${how[chosen]} (server.model ${model ?? 'unset: as ui-tars-1.5'})`;
  const own = modelFacts({ model }).coordinates;
  const contradiction = model === undefined || own === chosen ? '' : `; ${model} itself gives ${how[own]}`;
  return `Coordinates: ${how[chosen]} (server.coordinates${contradiction})`;
}

export interface Reach {
  url: URL;
  /** The address that it is bound to. */
  host: string;
  envs: number;
  /** The trainer's URL then has a place for it; the token itself is not shown. */
  needsToken: boolean;
}

/** How a server is reached, for a person: one line per way. */
export function reachLines({ url, host, envs, needsToken }: Reach): string[] {
  const bases = host === '0.0.0.0' || host === '::' ? [url, ...ownAddresses(url.port)] : [url];
  const user = needsToken ? 'arpo:TOKEN@' : '';
  const workers = envs === 1 ? '' : ` (worker k: /envs/k, k from 0 to ${envs - 1})`;
  return [
    `docs     ${new URL('docs', url)}`,
    ...bases.map((base) => `trainer  env.remote_server_url: "http://${user}${base.host}"${workers}`),
    `cluster  cannot reach it? arpo-env tunnel HOST, then env.remote_server_url: "http://${user}127.0.0.1:15001"`,
  ];
}

function ownAddresses(port: string): URL[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => new URL(`http://${address}:${port}`));
}
