/** The reward of an episode, judged on its desktop as that is now. */
import type { Lease } from '../desktops/supply.js';
import { type ArpoEnvError, causesOf } from '../errors.js';
import type { Judge } from '../evaluators/judge.js';
import type { Episode } from './episode.js';
import type { EnvEvent } from './events.js';
import type { EnvSettings } from './settings.js';

export interface ScoreContext {
  judge: Judge;
  lease: Lease;
  settings: EnvSettings;
  signal: AbortSignal;
  onEvent: (event: EnvEvent) => void;
}

/** Runs the task's postconfig and evaluator. Throws what the judge throws; nothing becomes 0.0 here. */
export async function scoreEpisode(
  { task, folder, actions }: Episode,
  { judge, lease, settings, signal, onEvent }: ScoreContext,
): Promise<number> {
  const reward = await judge.judge(task, {
    agent: lease.agent,
    endpoints: lease.desktop.endpoints,
    cacheDir: folder,
    clientPassword: settings.clientPassword,
    screen: settings.screen,
    signal,
    actionHistory: actions,
    onProgress: (text) => onEvent({ type: 'setup-progress', text }),
  });
  onEvent({ type: 'episode-scored', reward });
  return reward;
}

/** True when the guest agent does not answer any more, however deep in the chain of causes. */
export function isDesktopLost(error: ArpoEnvError): boolean {
  return causesOf(error).some(({ code }) => code === 'E_AGENT_UNREACHABLE');
}
