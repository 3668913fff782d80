/** /setup/download_file: the desktop fetches a file by itself. */
import { messageOf } from '../../lib/errno.js';
import { onAbort } from '../../lib/wait.js';
import { jsonBody, sendText, textField } from '../flask.js';
import { GuestError } from '../machine.js';
import { expandPath } from '../paths.js';
import type { Routes } from './route.js';

const ATTEMPTS = 3;
/** Without a sign of life from the other side, as the original; the whole may take as long as it takes. */
const SILENCE_MS = 300_000;
const LARGEST_DOWNLOAD_BYTES = 2 * 1024 ** 3;

export const downloadRoutes: Routes = (app, { machine, signal }) => {
  app.post('/setup/download_file', async (request, reply) => {
    const body = jsonBody(request);
    const [url, path] = [textField(body, 'url'), textField(body, 'path')];
    if (url === null || path === null) return sendText(reply, 'Path or URL not supplied!', 400);
    const { files, environment } = machine();
    const full = expandPath(path, environment);
    let problem = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      try {
        const size = await files.write(full, bytesFrom(url, signal));
        return sendText(reply, `File downloaded successfully: ${size} bytes`);
      } catch (error) {
        signal.throwIfAborted();
        problem = messageOf(error);
      }
    }
    return sendText(reply, `Failed to download ${url}. No retries left. Error: ${problem}`, 500);
  });
};

/** Redirects are followed, to http and https only. */
async function* bytesFrom(url: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  // Loaded by the first download: it takes 10 MB, and most desktops download nothing.
  const { default: got } = await import('got');
  const timeout = { connect: SILENCE_MS, response: SILENCE_MS, socket: SILENCE_MS };
  const request = got.stream(url, { retry: { limit: 0 }, timeout });
  // Not by its option: that one makes an error of a signal that comes when all is read.
  using _ending = onAbort(signal, (reason) => request.destroy(reason as Error));
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST_DOWNLOAD_BYTES)
      throw new GuestError(`the file has more than ${LARGEST_DOWNLOAD_BYTES} bytes`);
    yield chunk;
  }
}
