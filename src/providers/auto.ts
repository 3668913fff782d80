/** What `provider: auto` means here: attach when guest agents are named, else docker, local or sim, and why. It downloads and starts nothing. */
import { maskCredentials } from '../config/mask.js';
import type { Config } from '../config/schema.js';
import { sleep } from '../lib/wait.js';
import type { ProviderName } from './provider.js';

export interface Choice {
  name: ProviderName;
  /** What that is, and in brackets what the better ones lack; follows the name. */
  why: string;
}

/** A daemon that has not answered by then is not one to build on; nobody waits for it. */
const DOCKER_LIMIT_MS = 1500;

/** Never throws. */
export async function chooseProvider(
  config: Pick<Config, 'providers' | 'screen'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Choice> {
  const { docker, attach } = config.providers;
  if (attach.agents.length > 0) {
    const agents = [...new Set(attach.agents)].map(maskCredentials).join(', ');
    return { name: 'attach', why: `guest agents are named: ${agents}` };
  }
  const [dockerLack, localLack] = await Promise.all([whyNotDocker(docker, env), whyNotLocal(config, env)]);
  if (dockerLack === null)
    return { name: 'docker', why: `the image ${docker.image} and what it needs are here` };
  if (localLack === null) return { name: 'local', why: `a real X desktop (docker: ${dockerLack})` };
  return {
    name: 'sim',
    why: `a practice desktop, for trials only (docker: ${dockerLack}; local: ${localLack})`,
  };
}

async function whyNotDocker(
  docker: Config['providers']['docker'],
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const { whyUnavailable } = await import('./docker/availability.js');
  const decided = new AbortController();
  const late = sleep(DOCKER_LIMIT_MS, decided.signal).then(
    () => `the daemon did not answer within ${DOCKER_LIMIT_MS / 1000} s`,
  );
  late.catch(() => undefined);
  try {
    return await Promise.race([whyUnavailable(docker, env), late]);
  } finally {
    decided.abort();
  }
}

async function whyNotLocal(
  { providers, screen }: Pick<Config, 'providers' | 'screen'>,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const { LocalProvider } = await import('./local/provider.js');
  const confine = providers.local.confine === 'on';
  const [problem] = await new LocalProvider({ ...providers.local, confine, screen, env }).preflight();
  return problem?.message ?? null;
}
