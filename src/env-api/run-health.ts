/** How the servers in the registry are, as their own `/health` says. */
import { listRuns } from '../runs/registry.js';
import type { RunOf } from '../runs/run.js';
import type { RunLook } from '../runs/views.js';
import { EnvClient, type EnvClientOptions } from './client.js';
import { envLine } from './env-line.js';
import type { EnvSummary } from './schemas.js';

export interface RunHealth {
  /**
   * The env's state, e.g. `ready`; for the Python server, which has none, `starting` or `answers`; `locked` without its
   * token.
   */
  state: string;
  healthy: boolean;
  /** Each env of our server; empty where it does not say. */
  perEnv: EnvSummary[];
}

/** The same as `status` shows it: a line for each env that has something to say. */
export async function lookAtServer(run: RunOf<'server'>, options: EnvClientOptions): Promise<RunLook> {
  const { state, healthy, perEnv } = await runHealth(run, options);
  const lines = perEnv.flatMap((env) => envLine(run.url, env) ?? []);
  return { state, healthy, lines, document: { perEnv } };
}

/** Of a server. Never throws but for the signal's reason. */
export async function runHealth(run: RunOf<'server'>, options: EnvClientOptions): Promise<RunHealth> {
  const client = new EnvClient(new URL(run.url), options);
  const reading = await client.health();
  switch (reading.kind) {
    case 'native': {
      if (reading.health === null) return { state: 'answers', healthy: true, perEnv: [] };
      const perEnv = await client.envs();
      const states = perEnv.length > 0 ? perEnv.map(({ state }) => state) : [reading.health.state];
      return { ...summary(states), perEnv };
    }
    case 'python':
    case 'other':
      return { state: 'answers', healthy: true, perEnv: [] };
    case 'locked': // it lives and wants a token that we have not
      return { state: 'locked', healthy: true, perEnv: [] };
    case 'refused':
      return reading.status < 500
        ? { state: reading.status === 401 ? 'locked' : 'answers', healthy: true, perEnv: [] }
        : { state: `answers ${reading.status}`, healthy: false, perEnv: [] };
    case 'silent':
      return run.starting
        ? { state: 'starting', healthy: true, perEnv: [] }
        : { state: 'silent', healthy: false, perEnv: [] };
  }
}

/** `ready`, or for several envs `3 ready, 1 failed`. */
function summary(states: readonly string[]): Omit<RunHealth, 'perEnv'> {
  const healthy = !states.includes('failed');
  const distinct = [...new Set(states)];
  if (distinct.length <= 1) return { state: distinct[0] ?? 'unknown', healthy };
  const counts = distinct.map((state) => `${states.filter((other) => other === state).length} ${state}`);
  return { state: counts.join(', '), healthy };
}

/** The entry of process `pid` once it says that it has started and its server answers HTTP, else null. */
export async function answeringRun(
  folder: string,
  pid: number,
  options: EnvClientOptions,
): Promise<RunOf<'server'> | null> {
  const { running } = await listRuns(folder);
  const run = running
    .filter((candidate) => candidate.kind === 'server')
    .find((candidate) => candidate.process.pid === pid);
  if (run === undefined || run.starting) return null;
  return (await runHealth(run, options)).state === 'silent' ? null : run;
}
