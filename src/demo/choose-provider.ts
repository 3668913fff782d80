/** Which desktops the demo is played on: real ones where they start within seconds, else practice desktops. */
import type { Config } from '../config/schema.js';
import { ArpoEnvError } from '../errors.js';
import { EDITOR, missingX11Programs } from '../guest/x11/requirements.js';
import { type ChosenProvider, createProvider, type ProviderHooks } from '../providers/index.js';
import type { DesktopProvider } from '../providers/provider.js';

/**
 * What the config names, or throws what stands in its way. `auto`: local where it works and has an editor to write in,
 * else sim; Docker is for those who ask, as it may boot for minutes.
 */
export async function chooseDemoProvider(config: Config, hooks: ProviderHooks): Promise<ChosenProvider> {
  if (config.provider !== 'auto') {
    const chosen = await createProvider(config, hooks);
    const [problem] = await chosen.provider.preflight();
    if (problem) throw new ArpoEnvError(problem);
    return chosen;
  }
  const { provider: local } = await createProvider({ ...config, provider: 'local' }, hooks);
  const lack = await whyNotPlayable(local);
  if (lack === null) return { provider: local, why: 'a real X desktop' };
  const { provider } = await createProvider({ ...config, provider: 'sim' });
  return { provider, why: `the practice desktop, because ${lack}` };
}

async function whyNotPlayable(local: DesktopProvider): Promise<string | null> {
  const [problem] = await local.preflight();
  if (problem) return problem.message;
  const { optional, installAll } = await missingX11Programs();
  return optional.includes(EDITOR) ? `there is no text editor here: ${installAll}` : null;
}
