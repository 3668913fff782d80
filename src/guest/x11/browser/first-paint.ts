/** When a page of the browser has been painted: pages are there, with their titles, before their window is. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { pages } from './targets.js';

/**
 * The browser notes a page's first paint when it has reached the display (Paint Timing). A hidden page has none, and an empty one
 * may have none.
 */
const PAINTED = `document.hidden ? 'hidden' : new Promise((done) => {
  const look = () => performance.getEntriesByType('paint').length > 0 ? done('seen') : requestAnimationFrame(look);
  setTimeout(done, 2000, 'seen');
  look();
})`;

/** Resolves once the page that is seen has been painted, or after `limitMs`. Never rejects. */
export async function firstPaint(port: number, limitMs: number): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  for (const { id } of await pages(port)) {
    const answer = await ask(`ws://127.0.0.1:${port}/devtools/page/${id}`, limit).catch(() => '');
    if (answer.includes('seen') || limit.aborted) return;
  }
}

async function ask(page: string, signal: AbortSignal): Promise<string> {
  const socket = new WebSocket(page);
  try {
    await once(socket, 'open', { signal });
    const params = { expression: PAINTED, awaitPromise: true };
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
    const [answer] = await once(socket, 'message', { signal });
    return String(answer);
  } finally {
    // Ended before it is open, it says so.
    socket.on('error', () => undefined).terminate();
  }
}
