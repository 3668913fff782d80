/** From the config's `provider` to the provider itself. Each is loaded only when it is chosen. */
import type { Config } from '../config/schema.js';
import { ArpoEnvError } from '../errors.js';
import type { DesktopProvider, ProviderName } from './provider.js';

export interface ChosenProvider {
  provider: DesktopProvider;
  /** What it is and why it is this one, for the start-up line: `provider NAME: WHY`. */
  why: string;
}

type ProviderConfig = Pick<Config, 'provider' | 'screen' | 'providers' | 'server'>;

export interface ProviderHooks {
  /** Hears what does not keep desktops from starting but should be known, e.g. that they boot without KVM. */
  onWarning?: (text: string) => void;
}

type Load = (config: ProviderConfig, hooks: ProviderHooks) => Promise<DesktopProvider>;

/** The providers that this version carries. */
const PROVIDERS: Partial<Record<ProviderName, Load>> = {
  docker: async ({ providers, screen }, hooks) => {
    const { DockerProvider } = await import('./docker/provider.js');
    return new DockerProvider({ ...providers.docker, screen, ...hooks });
  },
  aws: async ({ providers, screen }, hooks) => {
    const { AwsProvider } = await import('./aws/provider.js');
    return new AwsProvider({ ...providers.aws, screen, ...hooks });
  },
  local: async ({ providers, screen }, hooks) => {
    const { LocalProvider } = await import('./local/provider.js');
    const confine = providers.local.confine === 'on';
    return new LocalProvider({ ...providers.local, confine, screen, ...hooks });
  },
  vmware: async ({ providers, server }, hooks) => {
    const { VmwareProvider } = await import('./vmware/provider.js');
    return new VmwareProvider({ ...providers.vmware, desktops: server.envs + server.standby, ...hooks });
  },
  attach: async ({ providers, screen }) => {
    const { AttachProvider } = await import('./attach.js');
    return new AttachProvider({ ...providers.attach, screen });
  },
  sim: async ({ screen }) => (await import('./sim.js')).createSimProvider({ screen }),
};

/** `auto` takes the best one that works here. Throws E_PROVIDER_UNAVAILABLE for one that this version does not have. */
export async function createProvider(
  config: ProviderConfig,
  hooks: ProviderHooks = {},
): Promise<ChosenProvider> {
  const { name, why } =
    config.provider === 'auto'
      ? await (await import('./auto.js')).chooseProvider(config)
      : { name: config.provider, why: 'as configured' };
  const load = PROVIDERS[name];
  if (!load) {
    const known = Object.keys(PROVIDERS).join(', ');
    throw new ArpoEnvError({
      code: 'E_PROVIDER_UNAVAILABLE',
      message: `this version of arpo-env does not include the provider ${name}; it has: ${known}`,
      fix: 'choose one of these, or let arpo-env choose: --provider auto',
    });
  }
  return { provider: await load(config, hooks), why };
}
