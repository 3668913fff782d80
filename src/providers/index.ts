/** From the config's `provider` to the provider itself. Each is loaded only when it is chosen. */
import type { Config } from '../config/schema.js';
import { ArpoEnvError } from '../errors.js';
import type { DesktopProvider, ProviderName } from './provider.js';

export interface ChosenProvider {
  provider: DesktopProvider;
  /** Why it is this one, for the start-up line. */
  why: string;
}

type ProviderConfig = Pick<Config, 'provider' | 'screen' | 'providers'>;

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
  sim: async ({ screen }) => (await import('./sim.js')).createSimProvider({ screen }),
};

/** `auto` takes the best one that works here. Throws E_PROVIDER_UNAVAILABLE for one that this version does not have. */
export async function createProvider(
  config: ProviderConfig,
  hooks: ProviderHooks = {},
): Promise<ChosenProvider> {
  const { name, why } =
    config.provider === 'auto'
      ? await chooseProvider(config)
      : { name: config.provider, why: 'chosen in the config' };
  const load = PROVIDERS[name];
  if (!load) {
    const known = Object.keys(PROVIDERS).join(', ');
    throw new ArpoEnvError({
      code: 'E_PROVIDER_UNAVAILABLE',
      message: `this version of arpo-env does not carry the provider ${name}; it has: ${known}`,
      hint: `choose another one: --provider sim, or PROVIDER=sim`,
    });
  }
  return { provider: await load(config, hooks), why };
}

/** Docker where everything that it needs is there already: `auto` downloads nothing. */
async function chooseProvider({ providers }: ProviderConfig): Promise<{ name: ProviderName; why: string }> {
  const { whyNotAtHand } = await import('./docker/at-hand.js');
  const obstacle = await whyNotAtHand(providers.docker);
  if (obstacle === null) return { name: 'docker', why: `the image ${providers.docker.image} is here` };
  return { name: 'sim', why: `docker is not ready here: ${obstacle}` };
}
