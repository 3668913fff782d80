/** Bodies of the env protocol, written as the buffers they are made of: a screenshot is never copied or re-encoded. */
import type { StepOutcome } from './arpo-env.js';
import type { WireHistory } from './conversation.js';

/** All messages, or those that no earlier answer carried. */
export type HistoryMode = 'full' | 'delta';

/** `{"env_idx", "obs_messages", "is_done", "format_reward"}`: keys and order of the Python server. */
export function stepResult(
  env: number,
  { history, isDone, formatReward }: StepOutcome,
  mode: HistoryMode,
): Buffer[] {
  return [
    Buffer.from(`{"env_idx":${env},"obs_messages":`),
    ...(history ? messageList(history, mode) : [NULL]),
    Buffer.from(`,"is_done":${isDone},"format_reward":${float(formatReward)}}`),
  ];
}

export function historyMessages(history: WireHistory, mode: HistoryMode): Buffer[] {
  return [Buffer.from('{"history_messages":'), ...messageList(history, mode), Buffer.from('}')];
}

/** A JSON number as Python writes a float: 1.0, not 1. */
export function float(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

const NULL = Buffer.from('null');
const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

function messageList({ messages, newFrom }: WireHistory, mode: HistoryMode): Buffer[] {
  const list = mode === 'delta' ? messages.slice(newFrom) : messages;
  return [OPEN, ...list.flatMap((message, index) => (index === 0 ? [message] : [COMMA, message])), CLOSE];
}
