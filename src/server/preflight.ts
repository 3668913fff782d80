/** Before an env server starts: whether its provider can do what the config asks, and flags that ask nothing of it. */
import type { Logger } from 'pino';
import { formatSource } from '../config/layers.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { ArpoEnvError, type Problem } from '../errors.js';
import type { DesktopProvider, ProviderName } from '../providers/provider.js';

type Wanted = Pick<Config['server'], 'envs' | 'standby'>;

/** Every problem is logged, so that all of them can be fixed at once; the first one is thrown. */
export async function requirePreflight(
  provider: DesktopProvider,
  server: Wanted,
  logger: Logger,
): Promise<void> {
  const problems = [...(await provider.preflight()), ...lackOfDesktops(provider, server)];
  for (const { code, message, fix } of problems) logger.error({ code, fix }, message);
  if (problems[0]) throw new ArpoEnvError(problems[0]);
}

function lackOfDesktops(
  { name, capacity = Number.POSITIVE_INFINITY }: DesktopProvider,
  { envs, standby }: Wanted,
): Problem[] {
  if (capacity === 0 || envs + standby <= capacity) return [];
  const wanted = `${envs} env${envs === 1 ? '' : 's'}${standby === 0 ? '' : ` and ${standby} on standby`}`;
  return [
    {
      code: 'E_CONFIG',
      message: `the provider ${name} has ${capacity} desktop${capacity === 1 ? '' : 's'}, too few for ${wanted}`,
      fix: `--envs ${Math.min(envs, capacity)} --standby 0, or name more desktops`,
    },
  ];
}

/** Whoever gives a flag of a provider's means that provider; in a file the settings of several may stand side by side. */
export function unusedFlags({ sources }: Pick<LoadedConfig, 'sources'>, provider: ProviderName): string[] {
  return Object.entries(sources).flatMap(([path, source]) => {
    const [section, owner] = path.split('.');
    if (source.kind !== 'flag' || section !== 'providers' || owner === provider) return [];
    return [
      `${formatSource(source)} has no effect: it belongs to the provider ${owner}, and this is ${provider}`,
    ];
  });
}
