/** /setup/upload: a file of a form, written as it arrives. */
import type { BusboyFileStream } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { FileError } from '../file-error.js';
import { HttpPage, sendJson, sendText } from '../flask.js';
import { readMultipart } from '../form.js';
import { type Bytes, GuestError } from '../machine.js';
import { expandPath } from '../paths.js';
import type { Routes } from './route.js';

const LARGEST_UPLOAD_BYTES = 512 * 1024 ** 2;
/** Of a file that comes before its path, and is kept in memory until that is known. No client that we know sends it so. */
const LARGEST_KEPT_BYTES = 16 * 1024 ** 2;

type Save = (path: string, data: Bytes) => Promise<number>;

export const uploadRoutes: Routes = (app, { machine }) => {
  app.post('/setup/upload', async (request, reply) => {
    const save: Save = async (path, data) => {
      if (path === '') throw new FileError('ENOENT', path);
      return machine().files.write(expandPath(path, machine().environment), data);
    };
    try {
      const size = await receive(request, save);
      if (size !== null) return sendText(reply, `File Uploaded: ${size} bytes`);
      return sendJson(reply, { error: 'file_path and file_data are required' }, 400);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return sendJson(reply, { error: `Failed to upload file: ${error.message}` }, 500);
    }
  });
};

/** Bytes written; null when a field is missing. */
async function receive(request: FastifyRequest, save: Save): Promise<number | null> {
  let saved: Promise<number> | undefined;
  let kept: Promise<Buffer> | undefined;
  const fields = await readMultipart(request, {
    fileLimit: LARGEST_UPLOAD_BYTES,
    onFile(name, file, before) {
      const path = before.get('file_path');
      if (name !== 'file_data' || saved || kept) {
        file.resume();
        return;
      }
      if (path === undefined) kept = keep(bytesOf(file));
      else saved = save(path, bytesOf(file));
      // The rest of the form has to be read before the answer.
      (saved ?? kept)?.catch(() => file.resume());
    },
  });
  if (fields === null) {
    // What was written of it is gone then.
    await saved?.catch(() => undefined);
    return null;
  }
  const path = fields.get('file_path');
  if (saved) return saved;
  const data = await kept;
  return path === undefined || data === undefined ? null : save(path, [data]);
}

async function* bytesOf(file: BusboyFileStream): AsyncIterable<Uint8Array> {
  yield* file.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  if (file.truncated) throw new HttpPage(413);
}

async function keep(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > LARGEST_KEPT_BYTES) throw new HttpPage(413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
