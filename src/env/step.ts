/** One prediction: its actions carried out, then the next screenshot (env-protocol.md §5). */
import { setTimeout as sleep } from 'node:timers/promises';
import { predictionToActions } from '../actions/index.js';
import type { AgentClient } from '../desktop/agent-client.js';
import { ArpoEnvError, type Problem } from '../errors.js';
import type { Episode } from './episode.js';
import type { EnvEvent } from './events.js';
import type { WireHistory } from './history.js';
import type { EnvSettings } from './settings.js';

/** What reset and step answer. */
export interface StepOutcome {
  /** The episode's messages; null when it is over (the trainer depends on null). */
  history: WireHistory | null;
  isDone: boolean;
  /** -1 when the prediction could not be parsed. */
  formatReward: 0 | -1;
}

export interface StepContext {
  agent: AgentClient;
  settings: EnvSettings;
  signal: AbortSignal;
  onEvent: (event: EnvEvent) => void;
}

/** Part of the protocol: what OSWorld's controller puts before every action (guest-api.md §4). */
const PREFIX = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';

/** Throws E_AGENT_UNREACHABLE or E_AGENT_FAILED when the desktop is lost; a bad action is reported and passed over. */
export async function takeStep(
  episode: Episode,
  prediction: string,
  context: StepContext,
): Promise<StepOutcome> {
  const { settings, agent, signal, onEvent } = context;
  const { actions, formatReward, problem } = predictionToActions(prediction, settings);
  if (problem !== undefined) onEvent({ type: 'prediction-unparsed', problem });
  for (const action of actions) {
    await perform(action, context);
    episode.actionHistory.push(action);
    episode.isDone ||= isLast(action, episode, context);
    if (episode.isDone) break;
  }
  // A final step needs no screenshot: it is neither sent nor stored.
  const screenshot = episode.isDone ? null : await agent.screenshot({ signal });
  episode.appendPrediction(prediction);
  if (screenshot === null) return { history: null, isDone: true, formatReward };
  episode.history.appendImage(screenshot);
  return { history: episode.history.answer(), isDone: false, formatReward };
}

function isLast(action: string, { actionHistory }: Episode, { settings, onEvent }: StepContext): boolean {
  const steps = actionHistory.length;
  const why =
    action === 'DONE' || action === 'FAIL' ? 'model' : steps >= settings.maxSteps ? 'max-steps' : null;
  if (why) onEvent({ type: 'episode-ended', steps, why });
  return why !== null;
}

async function perform(action: string, { agent, settings, signal, onEvent }: StepContext): Promise<void> {
  if (action === 'DONE' || action === 'FAIL') return;
  if (action !== 'WAIT') {
    const problem = await execute(action, agent, signal);
    if (problem) onEvent({ type: 'action-problem', ...problem });
  }
  // The original sleeps `pause` once after every action and once more for WAIT itself.
  await sleep(settings.actionPauseMs * (action === 'WAIT' ? 2 : 1), undefined, { signal });
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
    if (!(error instanceof ArpoEnvError)) throw error;
    await agent.screenshot({ signal, retries: 0 }).catch(() => {
      throw error;
    });
    return { failed: true, problem: error.toJSON() };
  }
}

const FIX = 'the episode goes on without it; the log shows the code at --log-level debug';

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
