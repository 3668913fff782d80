/** Files: /file, /setup/upload, /setup/download_file, /list_directory, /desktop_path. */

import { posix } from 'node:path';
import type { FastifyReply } from 'fastify';
import { messageOf } from '../../lib/errno.js';
import { formBody, jsonBody, sendJson, sendText } from '../flask.js';
import { GuestError, type GuestFiles } from '../machine.js';
import { expandPath } from '../paths.js';
import type { Routes } from './route.js';

const DOWNLOAD_ATTEMPTS = 3;
const DOWNLOAD_TIMEOUT_MS = 300_000;
/** What Flask guesses from the name; everything else is sent as bytes. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.txt': 'text/plain; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json',
  '.xml': 'text/xml; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
};

type TreeNode =
  | { type: 'directory'; name: string; children: TreeNode[] }
  | { type: 'file'; name: string }
  | { error: string };

export const fileRoutes: Routes = (app, { machine, signal }) => {
  app.post('/file', async (request, reply) => {
    const path = (await formBody(request)).get('file_path');
    if (typeof path !== 'string') return sendJson(reply, { error: 'file_path is required' }, 400);
    const full = expandPath(path, machine().environment);
    if ((await machine().files.kind(full)) === null) return sendJson(reply, { error: 'File not found' }, 404);
    try {
      return sendFile(reply, full, await machine().files.read(full));
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return sendJson(reply, { error: `Failed to serve file: ${error.message}` }, 500);
    }
  });

  app.post('/setup/upload', async (request, reply) => {
    const form = await formBody(request);
    const [path, data] = [form.get('file_path'), form.get('file_data')];
    if (typeof path !== 'string' || data === null || typeof data === 'string') {
      return sendJson(reply, { error: 'file_path and file_data are required' }, 400);
    }
    try {
      await machine().files.write(
        expandPath(path, machine().environment),
        new Uint8Array(await data.arrayBuffer()),
      );
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return sendJson(reply, { error: `Failed to upload file: ${error.message}` }, 500);
    }
    return sendText(reply, `File Uploaded: ${data.size} bytes`);
  });

  app.post('/setup/download_file', async (request, reply) => {
    const { url, path } = jsonBody(request);
    if (typeof url !== 'string' || url === '' || typeof path !== 'string' || path === '') {
      return sendText(reply, 'Path or URL not supplied!', 400);
    }
    try {
      const data = await download(url, signal);
      await machine().files.write(expandPath(path, machine().environment), data);
      return sendText(reply, `File downloaded successfully: ${data.length} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      return sendText(reply, `Failed to download ${url}. No retries left. Error: ${messageOf(error)}`, 500);
    }
  });

  app.post('/list_directory', async (request, reply) => {
    const { path } = jsonBody(request);
    if (path === undefined) return sendJson(reply, { error: "Missing 'path' parameter" }, 400);
    const full = posix.resolve(machine().environment.HOME, String(path));
    if ((await machine().files.kind(full)) !== 'directory') {
      return sendJson(reply, { error: 'The provided path is not a directory' }, 400);
    }
    return sendJson(reply, { directory_tree: await directoryTree(machine().files, full) });
  });

  app.post('/desktop_path', async (_request, reply) => {
    const path = posix.join(machine().environment.HOME, 'Desktop');
    if ((await machine().files.kind(path)) !== null) return sendJson(reply, { desktop_path: path });
    return sendJson(reply, { error: 'Unsupported operating system or desktop path not found' }, 404);
  });
};

function sendFile(reply: FastifyReply, path: string, data: Buffer): FastifyReply {
  const name = posix.basename(path);
  const plain = /^[\w.-]+$/.test(name) ? `filename=${name}` : `filename*=UTF-8''${encodeURIComponent(name)}`;
  return reply
    .header('content-disposition', `attachment; ${plain}`)
    .header('content-type', CONTENT_TYPES[posix.extname(name).toLowerCase()] ?? 'application/octet-stream')
    .send(data);
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  // Loaded by the first download: it takes 10 MB, and most desktops download nothing.
  const { default: got } = await import('got');
  return got(url, {
    signal,
    retry: { limit: DOWNLOAD_ATTEMPTS - 1, backoffLimit: 0 },
    timeout: { request: DOWNLOAD_TIMEOUT_MS },
  }).buffer();
}

async function directoryTree(files: GuestFiles, path: string): Promise<TreeNode> {
  try {
    const children: TreeNode[] = [];
    for (const name of await files.list(path)) {
      const child = posix.join(path, name);
      children.push(
        (await files.kind(child)) === 'directory'
          ? await directoryTree(files, child)
          : { type: 'file', name },
      );
    }
    return { type: 'directory', name: posix.basename(path), children };
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    return { error: error.message };
  }
}
