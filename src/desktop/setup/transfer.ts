/** One file's way over HTTP into an open file, attempt after attempt, each going on where the last one broke off. */
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import got from 'got';
import { proxyAgents } from '../../lib/proxy.js';

interface TransferOptions {
  signal: AbortSignal;
  /** Milliseconds without a byte after which an attempt fails. */
  stallMs: number;
  onProgress?: (text: string) => void;
}

const MIB = 2 ** 20;
const PROGRESS_BYTES = 8 * MIB;
const CONNECT_TIMEOUT_MS = 15_000;
/** Bounds what trickles for ever. */
const ATTEMPT_TIMEOUT_MS = 4 * 3_600_000;

/** The server answered, with something else than the file. */
export class HttpStatus extends Error {
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(`${status} ${reason}`.trim());
  }
}

/** What came is not what was announced. */
export class BrokenTransfer extends Error {}

export class Transfer {
  /** What `If-Range` needs to be sure that the rest belongs to what we have; null when we must start again. */
  #validator: string | null = null;

  readonly #url: string;
  readonly #file: FileHandle;
  readonly #options: TransferOptions;

  constructor(
    url: string,
    /** Opened for appending; nobody else writes to it. */
    file: FileHandle,
    options: TransferOptions,
  ) {
    this.#url = url;
    this.#file = file;
    this.#options = options;
  }

  async attempt(): Promise<void> {
    const have = this.#validator === null ? 0 : (await this.#file.stat()).size;
    const { signal, stallMs } = this.#options;
    const request = got.stream(this.#url, {
      // Only what is not encoded on the way can be resumed and its size be compared.
      headers: { 'accept-encoding': 'identity', ...this.#resumeHeaders(have) },
      throwHttpErrors: false,
      agent: proxyAgents(new URL(this.#url)),
      hooks: {
        beforeRedirect: [
          (next) => {
            if (next.url) next.agent = proxyAgents(new URL(next.url));
          },
        ],
      },
      retry: { limit: 0 },
      timeout: {
        lookup: CONNECT_TIMEOUT_MS,
        connect: CONNECT_TIMEOUT_MS,
        secureConnect: CONNECT_TIMEOUT_MS,
        socket: stallMs,
        request: ATTEMPT_TIMEOUT_MS,
      },
      signal,
    });
    // Errors reach us through the loop that reads; between the answer and that loop nobody else would listen.
    request.on('error', () => {});
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const { start, total } = this.#accept(response, have);
      if (start === 0) await this.#file.truncate(0);
      await this.#write(request, start, total);
    } finally {
      request.destroy();
    }
  }

  #resumeHeaders(have: number): Record<string, string> {
    return have > 0 && this.#validator !== null
      ? { range: `bytes=${have}-`, 'if-range': this.#validator }
      : {};
  }

  /** Where the answer's first byte belongs, and the size of the whole file when the server tells it. */
  #accept({ statusCode = 0, statusMessage = '', headers }: IncomingMessage, have: number) {
    const range = headers['content-range'] ?? '';
    if (statusCode === 206) {
      const [, first, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range) ?? [];
      if (have > 0 && Number(first) === have) return { start: have, total: Number(whole) };
    }
    if (statusCode === 206 || statusCode === 416) {
      this.#validator = null;
      throw new BrokenTransfer(`the server does not go on at byte ${have}: ${statusCode} ${range}`.trim());
    }
    if (statusCode !== 200) throw new HttpStatus(statusCode, statusMessage);
    const length = headers['content-length'];
    // Without a length (also: decoded by got) positions in the file are not positions in the response.
    this.#validator =
      length === undefined ? null : (strongEtag(headers.etag) ?? headers['last-modified'] ?? null);
    return { start: 0, total: length === undefined ? null : Number(length) };
  }

  async #write(bytes: AsyncIterable<Buffer>, start: number, total: number | null): Promise<void> {
    let size = start;
    for await (const chunk of bytes) {
      await this.#file.appendFile(chunk);
      const before = size;
      size += chunk.length;
      if (Math.floor(size / PROGRESS_BYTES) > Math.floor(before / PROGRESS_BYTES)) {
        this.#options.onProgress?.(`downloaded ${mib(size)}${total === null ? '' : ` of ${mib(total)}`} MiB`);
      }
    }
    if (total !== null && size !== total) {
      if (size > total) this.#validator = null;
      throw new BrokenTransfer(`${size} of ${total} bytes came`);
    }
  }
}

/** RFC 9110 §13.1.5: a weak validator must not be used with If-Range. */
function strongEtag(etag: string | undefined): string | undefined {
  return etag?.startsWith('"') ? etag : undefined;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
