/** When a desktop's screen has come to rest, whoever made its agent. */
import { sleep } from '../lib/wait.js';
import type { AgentClient } from './agent-client.js';

/** Between two pictures: less than a caret takes to blink. */
const GAP_MS = 100;

/** Resolves then, or after `limitMs`. Our own agent is told by the display; of others two pictures are compared. */
export async function untilAtRest(agent: AgentClient, limitMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + limitMs;
  if (await agent.rest(limitMs, { signal })) return;
  for (let before: Buffer | null = null; ; ) {
    const picture = await agent.screenshot({ signal });
    const left = deadline - performance.now();
    if (before?.equals(picture) || left <= 0) return;
    before = picture;
    await sleep(Math.min(GAP_MS, left), signal);
  }
}
