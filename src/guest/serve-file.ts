/** A file of the machine as an answer, as the framework's `send_file`; never more of it in memory than a chunk. */
import { posix } from 'node:path';
import type { FastifyReply } from 'fastify';
import { type ByteRange, GuestError, type GuestFiles } from './machine.js';

export interface ServedAs {
  /** Default: guessed from the name. */
  contentType?: string;
  /** Under its name, to be saved. */
  attachment?: boolean;
  /** The request's `Range`: where it can be satisfied the answer is that part, otherwise all. */
  range?: string | undefined;
}

/** No file that a task looks at comes near; what is larger is a trap, a sparse file for instance. */
const LARGEST_FILE_BYTES = 2 * 1024 ** 3;
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
  '.mp4': 'video/mp4',
};

/** Throws GuestError when it cannot be opened, is not a regular file or too large. */
export async function serveFile(
  reply: FastifyReply,
  files: GuestFiles,
  path: string,
  { contentType, attachment = false, range }: ServedAs = {},
): Promise<FastifyReply> {
  const file = await files.open(path);
  const { size } = file;
  if (size > LARGEST_FILE_BYTES) {
    file.stream().destroy();
    throw new GuestError(`${path} has ${size} bytes, more than the ${LARGEST_FILE_BYTES} that are served`);
  }
  const part = satisfiable(range, size);
  if (part) reply.code(206).header('content-range', `bytes ${part.start}-${part.end - 1}/${size}`);
  if (attachment) reply.header('content-disposition', `attachment; ${fileName(path)}`);
  return reply
    .header('content-type', contentType ?? typeOf(path))
    .header('content-length', part ? part.end - part.start : size)
    .send(file.stream(part ?? undefined));
}

/** One range with a start, as clients that resume ask for it; null for any other, and for one beyond the end. */
function satisfiable(range: string | undefined, size: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined) return null;
  const start = Number(first);
  const end = last ? Math.min(size, Number(last) + 1) : size;
  return start < end ? { start, end } : null;
}

function fileName(path: string): string {
  const name = posix.basename(path);
  return /^[\w.-]+$/.test(name) ? `filename=${name}` : `filename*=UTF-8''${encodeURIComponent(name)}`;
}

function typeOf(path: string): string {
  return CONTENT_TYPES[posix.extname(path).toLowerCase()] ?? 'application/octet-stream';
}
