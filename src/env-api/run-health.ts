/** How the servers in the registry are, as their own `/health` says. */
import { type Instance, listInstances } from '../runs/registry.js';
import { askEnvs, askHealth, type ProbeOptions } from './probe-health.js';
import type { EnvSummary } from './schemas.js';

export interface InstanceHealth {
  /**
   * The env's state, e.g. `ready`; for the Python server, which has none, `starting` or `answers`; `locked` without its
   * token.
   */
  state: string;
  healthy: boolean;
  /** Each env of our server; empty where it does not say. */
  perEnv: EnvSummary[];
}

/** Of a server. Never throws but for the signal's reason. */
export async function instanceHealth(instance: Instance, options: ProbeOptions): Promise<InstanceHealth> {
  const answer = await askHealth(new URL(instance.url), options);
  switch (answer.kind) {
    case 'native': {
      const perEnv = await askEnvs(new URL(instance.url), options);
      return {
        ...summary(perEnv.length > 0 ? perEnv.map(({ state }) => state) : [answer.health.state]),
        perEnv,
      };
    }
    case 'other':
      return { state: 'answers', healthy: true, perEnv: [] };
    case 'refused':
      // 401: it lives and wants a token that we have not.
      return answer.status < 500
        ? { state: answer.status === 401 ? 'locked' : 'answers', healthy: true, perEnv: [] }
        : { state: `answers ${answer.status}`, healthy: false, perEnv: [] };
    case 'silent':
      return instance.starting
        ? { state: 'starting', healthy: true, perEnv: [] }
        : { state: 'silent', healthy: false, perEnv: [] };
  }
}

/** `ready`, or for several envs `3 ready, 1 failed`. */
function summary(states: readonly string[]): Omit<InstanceHealth, 'perEnv'> {
  const healthy = !states.includes('failed');
  const distinct = [...new Set(states)];
  if (distinct.length <= 1) return { state: distinct[0] ?? 'unknown', healthy };
  const counts = distinct.map((state) => `${states.filter((other) => other === state).length} ${state}`);
  return { state: counts.join(', '), healthy };
}

/** The entry of process `pid` once it says that it has started and its server answers HTTP, else null. */
export async function answeringInstance(
  folder: string,
  pid: number,
  options: ProbeOptions,
): Promise<Instance | null> {
  const { running } = await listInstances(folder);
  const instance = running.find((candidate) => candidate.process.pid === pid);
  if (instance === undefined || instance.starting) return null;
  return (await instanceHealth(instance, options)).state === 'silent' ? null : instance;
}
