/** The body of the guest agent's `/setup/upload`: a file that is streamed from disk, not held in memory. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

export interface UploadBody {
  headers: { 'content-type': string; 'content-length': string };
  body: Readable;
}

/** The fields `file_path` and `file_data` of RFC 7578. The length is given, since Flask's own server wants one. */
export async function uploadBody(guestPath: string, localPath: string): Promise<UploadBody> {
  const { size } = await stat(localPath);
  const boundary = `arpo-env-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="file_path"\r\n\r\n${guestPath}\r\n` +
      `--${boundary}\r\ncontent-disposition: form-data; name="file_data"; filename="file"\r\n` +
      'content-type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + size + tail.length),
    },
    body: Readable.from(parts(head, localPath, size, tail), { objectMode: false }),
  };
}

async function* parts(head: Buffer, localPath: string, size: number, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  // `end` keeps the promised length should the file grow meanwhile; -1 would mean its whole length.
  if (size > 0) yield* createReadStream(localPath, { end: size - 1 });
  yield tail;
}
