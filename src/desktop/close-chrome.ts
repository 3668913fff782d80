/**
 * An orderly end for a desktop's Chrome before a task ends it with `pkill chrome`. That kills its helper processes too, so what
 * was not written by then is lost: bookmarks of the last seconds, cookies of the last half minute. On a machine that runs on
 * while a model thinks these are long written; on one that is paused between steps they never would be.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { messageOf } from '../lib/errno.js';
import { abortable, sleep } from '../lib/wait.js';
import { askJson } from './ask.js';
import { debuggerUrl } from './cdp.js';
import type { SetupContext } from './setup/step-kind.js';

/** By name, and with the signal that lets it write what it has to. */
const ENDS_CHROME = /^(?:pkill|killall)(?: -(?:x|f|o|15|TERM|SIGTERM))* (?:google-)?chrome$/;
/** Whether one runs: what has ended and waits for its parent does not. */
const RUNS = `ps -e -o stat=,comm= | grep -v '^Z' | grep -q ' chrome$'`;

const ANSWER_MS = 3000;
const END_MS = 5000;
const POLL_MS = 50;
const LARGEST_ANSWER_BYTES = 1024 ** 2;

const pagesSchema = z.array(z.object({ type: z.string() }));

/** Whether this command is a request to Chrome to end. */
export function endsChrome(command: string | readonly string[]): boolean {
  return ENDS_CHROME.test([command].flat().join(' ').trim());
}

/** Resolves when it has ended, or does not within seconds; does nothing where none runs. Never throws but for the signal's reason. */
export async function closeChrome({ agent, endpoints, signal, onProgress }: SetupContext): Promise<void> {
  try {
    const url = await debuggerUrl(endpoints.cdp, signal);
    if (!(await hasPages(url.host, signal))) return;
    await askToClose(url, signal);
    const deadline = performance.now() + END_MS;
    while (performance.now() < deadline) {
      const { returncode } = await agent.execute(RUNS, { shell: true, signal });
      if (returncode !== 0) return;
      await sleep(POLL_MS, signal);
    }
    onProgress?.('Chrome did not close in time, and is killed');
  } catch (error) {
    signal.throwIfAborted();
    onProgress?.(`Chrome cannot be closed in order before it is killed: ${messageOf(error)}`);
  }
}

/** A desktop's port may start a Chrome for who attaches: this only looks. */
async function hasPages(host: string, signal: AbortSignal): Promise<boolean> {
  const list = new URL(`http://${host}/json/list`);
  const pages = await askJson(list, pagesSchema, { signal, timeoutMs: ANSWER_MS });
  return pages.some(({ type }) => type === 'page');
}

async function askToClose(url: URL, signal: AbortSignal): Promise<void> {
  const socket = new WebSocket(url, {
    handshakeTimeout: ANSWER_MS,
    maxPayload: LARGEST_ANSWER_BYTES,
    perMessageDeflate: false,
  });
  // Also when nobody waits any more.
  socket.on('error', () => undefined);
  try {
    await abortable(once(socket, 'open'), signal);
    const closed = once(socket, 'close');
    socket.send(JSON.stringify({ id: 1, method: 'Browser.close' }));
    await Promise.race([closed, sleep(END_MS, signal)]);
  } finally {
    socket.terminate();
  }
}
