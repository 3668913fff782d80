/** Which provider counts: the running server's, else the config's, else what `auto` would take. */
import { needs } from '../../providers/traits.js';
import type { CheckContext } from '../context.js';

export async function providerInUse({ config, looks }: CheckContext): Promise<string> {
  const { identity } = await looks.server();
  if (identity) return identity.provider;
  return config.provider === 'auto' ? (await looks.autoProvider()).name : config.provider;
}

export async function usesDocker(context: CheckContext): Promise<boolean> {
  return needs(await providerInUse(context), 'docker');
}
