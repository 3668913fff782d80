/** Which provider counts: the running server's, else the config's; `auto` means docker where there is one. */
import type { CheckContext } from '../context.js';

export async function providerInUse({ config, looks }: CheckContext): Promise<string> {
  const { native } = await looks.server();
  if (native) return native.provider;
  if (config.provider !== 'auto') return config.provider;
  return (await looks.docker()).kind === 'no-client' ? 'auto' : 'docker';
}

export async function usesDocker(context: CheckContext): Promise<boolean> {
  return (await providerInUse(context)) === 'docker';
}
