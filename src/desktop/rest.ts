/** When a desktop's screen has come to rest, whoever made its agent. */
import { sleep } from '../lib/wait.js';
import type { AgentClient } from './agent-client.js';

export interface RestOptions {
  /** Milliseconds that it may take, whatever moves. */
  limitMs: number;
  /** Milliseconds that are waited for what is not seen yet. */
  pauseMs: number;
  /** The picture from before the action: as long as nothing has changed, its effect may still come. */
  before: Buffer | null;
  signal: AbortSignal;
}

/** Between two equal pictures. */
const GAP_MS = 250;
const EARLY_MS = 2;

/**
 * Resolves then, or when the time is up. Our own agent is told by the display; of others pictures are compared, and the one
 * that was seen last is returned.
 */
export async function untilAtRest(
  agent: AgentClient,
  { limitMs, pauseMs, before, signal }: RestOptions,
): Promise<Buffer | null> {
  const began = performance.now();
  const deadline = began + limitMs;
  if (await agent.rest({ limitMs, pauseMs }, { signal })) return null;
  for (let seen: { picture: Buffer; at: number } | null = null; ; ) {
    const at = performance.now();
    const picture = await agent.screenshot({ signal });
    if (!seen?.picture.equals(picture)) seen = { picture, at };
    const enough = Math.min(before?.equals(picture) ? began + pauseMs : seen.at + GAP_MS, deadline);
    if (at >= enough) return picture;
    // A timer may be a little early, and would cost one picture more.
    await sleep(Math.max(0, enough - performance.now()) + EARLY_MS, signal);
  }
}
