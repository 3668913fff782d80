/** What one env of a server is at, for a person; null while there is nothing to say. */
import { counted } from '../ui/format.js';
import { oneLine, setIn } from '../ui/harmless.js';
import type { EnvSummary } from './schemas.js';

export function envLine(server: string, env: EnvSummary): string | null {
  const url = new URL(env.base_url, server).href;
  if (env.failure !== null)
    return `✗ ${url} failed: ${setIn(env.failure.message)}\n→ ${setIn(env.failure.fix)}`;
  const note = env.note ? [`! ${env.note}`] : [];
  const isHeld = env.held_by === 'openenv';
  if (env.state === 'idle' && !isHeld) return note[0] ?? null;
  const parts = [
    `${url} ${env.state}`,
    ...(env.task === null ? [] : [`task ${oneLine(env.task)}`, counted(env.steps, 'step')]),
    ...(isHeld ? ['held by an OpenEnv session'] : []),
    ...(env.watch === null ? [] : [`watch it at ${env.watch}`]),
  ];
  return [`● ${parts.join(' · ')}`, ...note].join('\n');
}
