/** Actions carried out on the desktop of an episode. */
import type { Action } from '../desktop/action.js';
import type { AgentClient } from '../desktop/agent-client.js';
import { MalformedAnswer } from '../desktop/agent-errors.js';
import { untilAtRest } from '../desktop/rest.js';
import { ArpoEnvError, type Problem } from '../errors.js';
import { lastLine } from '../lib/last-line.js';
import { sleep } from '../lib/wait.js';
import type { Episode } from './episode.js';
import type { EnvEvent } from './events.js';
import type { EnvSettings } from './settings.js';

export interface ActContext {
  agent: AgentClient;
  settings: EnvSettings;
  /** What the screen showed before the first action, as far as that is known. */
  before: Buffer | null;
  signal: AbortSignal;
  onEvent: (event: EnvEvent) => void;
}

/** Part of the protocol: what OSWorld's controller puts before every action (guest-api.md §4). */
const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';

/**
 * One after the other, up to the one that ends the episode; after its end one more, as the Python server does. Returns the
 * screenshot, where one was taken since the last one ended. Throws E_AGENT_UNREACHABLE or E_AGENT_FAILED when the desktop is
 * lost; a bad action is reported and passed over.
 */
export async function performActions(
  actions: readonly Action[],
  episode: Episode,
  context: ActContext,
): Promise<Buffer | null> {
  let picture: Buffer | null = null;
  for (const action of actions) {
    picture = await perform(action, picture ?? context.before, context);
    episode.actions.push(action);
    episode.ended ??= endOf(action, episode, context);
    if (episode.isDone) break;
  }
  return picture;
}

function endOf(action: Action, episode: Episode, { settings, onEvent }: ActContext): Episode['ended'] {
  const steps = episode.actions.length;
  const why = endsEpisode(action) ? 'model' : steps >= settings.maxSteps ? 'max-steps' : null;
  if (why) onEvent({ type: 'episode-ended', steps, why });
  return why;
}

function typingMs(action: Action): number {
  return action.kind === 'code' ? (action.typingMs ?? 0) : 0;
}

function endsEpisode({ kind }: Action): boolean {
  return kind === 'done' || kind === 'fail';
}

async function perform(
  action: Action,
  before: Buffer | null,
  { agent, settings, signal, onEvent }: ActContext,
): Promise<Buffer | null> {
  if (endsEpisode(action)) return null;
  if (action.kind === 'code') {
    const problem = await execute(action.source, agent, signal);
    if (problem) onEvent({ type: 'action-problem', ...problem });
  }
  const pauseMs = settings.actionPauseMs;
  if (settings.pace === 'quick' && action.kind !== 'wait')
    return untilAtRest(agent, { limitMs: pauseMs + typingMs(action), pauseMs, before, signal });
  // The original sleeps once after every action and once more for the wait itself. A wait is as long at any pace: who asks
  // for it has seen that something is still to come, and the screen may be at rest until then.
  await sleep(action.kind === 'wait' ? pauseMs * 2 : pauseMs, signal);
  return null;
}

/**
 * The reference never looks at the guest's answer. We do, but a model's bad action must not abort training: the
 * problem is returned, and only a desktop that does not even give a screenshot any more is an error.
 */
async function execute(
  code: string,
  agent: AgentClient,
  signal: AbortSignal,
): Promise<{ failed: boolean; problem: Problem } | undefined> {
  try {
    const { returncode, error } = await agent.execute(['python', '-c', PREFIX + code], { signal });
    if (returncode === 0 && error.trim() === '') return undefined;
    const message = `an action ended with return code ${returncode}: ${lastLine(error) || 'no text on stderr'}`;
    return { failed: returncode !== 0, problem: { code: 'E_GUEST_CODE', message, fix: FIX } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ArpoEnvError) || error.cause instanceof MalformedAnswer) throw error;
    await agent.screenshot({ signal, retries: 0 }).catch(() => {
      throw error;
    });
    return { failed: true, problem: error.toJSON() };
  }
}

const FIX = 'the episode goes on without it; the log shows the code at --log-level debug';
