/** What providers are like, for those who must know: they ask for a trait, never for a provider by its name. */
import type { ProviderName } from './provider.js';

/** What must be at hand for its desktops. */
export type Need = 'docker' | 'vmrun' | 'ec2' | 'pool' | 'x-display';

export interface ProviderTraits {
  readonly needs: readonly Need[];
  /** Drawn by this very process: for trials, not for training. */
  readonly isSimulated: boolean;
  /** Whether its boots are slow without KVM: of this machine, of one that cannot be seen from here, or never. */
  readonly kvm: 'here' | 'elsewhere' | 'none';
  /** Its desktops have a Chrome that can be steered. */
  readonly hasChrome: boolean;
  /** What `platform.system()` says in its desktops. */
  readonly platform: string;
  /** Its programs take privileges that a hardened service may not have. */
  readonly takesPrivileges: boolean;
}

const PLAIN: ProviderTraits = {
  needs: [],
  isSimulated: false,
  kvm: 'none',
  hasChrome: true,
  platform: 'Linux',
  takesPrivileges: false,
};
const DOCKER: ProviderTraits = { ...PLAIN, needs: ['docker'], kvm: 'here' };

const TRAITS: Readonly<Record<ProviderName | 'auto', ProviderTraits>> = {
  // The best that it may turn out to be.
  auto: DOCKER,
  docker: DOCKER,
  vmware: { ...PLAIN, needs: ['vmrun'], takesPrivileges: true },
  aws: { ...PLAIN, needs: ['ec2'] },
  remote: { ...PLAIN, needs: ['pool'], kvm: 'elsewhere' },
  local: { ...PLAIN, needs: ['x-display'] },
  attach: PLAIN,
  sim: { ...PLAIN, isSimulated: true, hasChrome: false },
};

/** Those of a name, which a server of another version may have said: one that is not known has none. */
export function traitsOf(provider: string): ProviderTraits {
  return Object.hasOwn(TRAITS, provider) ? TRAITS[provider as ProviderName | 'auto'] : PLAIN;
}

export function needs(provider: string, need: Need): boolean {
  return traitsOf(provider).needs.includes(need);
}
