/** One file's way over HTTP into an open file, attempt after attempt, each going on where the last one broke off. */
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import got from 'got';
import { proxyAgents } from '../proxy.js';

/** What a server said of the file, by which the rest of it is recognized, also by a later process. */
export interface FileFacts {
  /** For `If-Range`: a strong ETag or a date; null where the server gives neither. */
  validator: string | null;
  /** Bytes; null where the server has not said it, or sent something encoded. */
  total: number | null;
}

interface TransferOptions {
  signal: AbortSignal;
  /** Milliseconds without a byte after which an attempt fails. */
  stallMs: number;
  /** Called as bytes come. */
  onBytes?: ((have: number, total: number | null) => void) | undefined;
  /** Of what the open file holds the beginning of. Default: not known, it is begun anew. */
  facts?: FileFacts | undefined;
  /** Also go on without a validator, where the size is the same: for what has checksums of its own. */
  trustSize?: boolean | undefined;
  /** Called before anything is written of a file that was not known so; a rejection ends the attempt. */
  onFacts?: ((facts: FileFacts, have: number) => Promise<void>) | undefined;
}

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
  /** Null: what is there is not worth going on with. */
  #facts: FileFacts | null;

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
    this.#facts = options.facts ?? null;
  }

  async attempt(): Promise<void> {
    const have = this.#isResumable() ? (await this.#file.stat()).size : 0;
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
      const { start, facts } = this.#accept(response, have);
      await this.#options.onFacts?.(facts, start);
      // Of what has no known size there is no rest.
      this.#facts = facts.total === null ? null : facts;
      if (start === 0) await this.#file.truncate(0);
      if (start === facts.total) return;
      await this.#write(request, start, facts.total);
    } finally {
      request.destroy();
    }
  }

  #isResumable(): boolean {
    if (this.#facts === null) return false;
    return this.#facts.validator !== null || this.#options.trustSize === true;
  }

  #resumeHeaders(have: number): Record<string, string> {
    if (have === 0) return {};
    const { validator = null } = this.#facts ?? {};
    return { range: `bytes=${have}-`, ...(validator === null ? {} : { 'if-range': validator }) };
  }

  /** Where the answer's first byte belongs, and what it is the whole of. Throws for what is not the file or its rest. */
  #accept({ statusCode = 0, statusMessage = '', headers }: IncomingMessage, have: number) {
    const range = headers['content-range'] ?? '';
    const known = this.#facts;
    if (statusCode === 206 || statusCode === 416) {
      const [, first, whole] = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(range) ?? [];
      const total = Number(whole);
      // Nothing follows the last byte: what is there is all of it.
      const fits = statusCode === 206 ? Number(first) === have : total === have;
      const isSame = (known?.total ?? total) === total && !isAnother(headers.etag, known?.validator);
      if (have > 0 && fits && isSame)
        return { start: have, facts: { validator: known?.validator ?? null, total } };
      this.#facts = null;
      throw new BrokenTransfer(`the server does not go on at byte ${have}: ${statusCode} ${range}`.trim());
    }
    if (statusCode !== 200) throw new HttpStatus(statusCode, statusMessage);
    const length = headers['content-length'];
    // Without a length (also: decoded by got) positions in the file are not positions in the response.
    if (length === undefined) return { start: 0, facts: { validator: null, total: null } };
    const validator = strongEtag(headers.etag) ?? headers['last-modified'] ?? null;
    return { start: 0, facts: { validator, total: Number(length) } };
  }

  async #write(bytes: AsyncIterable<Buffer>, start: number, total: number | null): Promise<void> {
    let size = start;
    for await (const chunk of bytes) {
      await this.#file.appendFile(chunk);
      size += chunk.length;
      this.#options.onBytes?.(size, total);
    }
    if (total !== null && size !== total) {
      if (size > total) this.#facts = null;
      throw new BrokenTransfer(`${size} of ${total} bytes came`);
    }
  }
}

/** RFC 9110 §13.1.5: a weak validator must not be used with If-Range. */
function strongEtag(etag: string | undefined): string | undefined {
  return etag?.startsWith('"') ? etag : undefined;
}

/** A server that does not know `If-Range` sends a part of whatever it has now. */
function isAnother(etag: string | undefined, validator: string | null | undefined): boolean {
  const now = strongEtag(etag);
  return now !== undefined && validator?.startsWith('"') === true && now !== validator;
}
