/** Text of a peer that may never end it. */
import type { Readable } from 'node:stream';
import { settle } from './wait.js';

export interface TextLimits {
  /** Each rejects the promise with its reason. */
  signals: readonly AbortSignal[];
  timeoutMs: number;
  /** UTF-16 units. */
  most: number;
}

/** What came until the stream's end, the limit of time, or the most that is wanted; the stream is left to its owner, who may resume it. */
export async function readText(stream: Readable, { signals, timeoutMs, most }: TextLimits): Promise<string> {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  let add = (_chunk: string) => {};
  try {
    await settle<void>({ signals }, (resolve) => {
      timer = setTimeout(resolve, timeoutMs);
      add = (chunk) => {
        text += chunk;
        if (text.length < most) return;
        stream.pause(); // what flows without a pause lets nobody else act
        resolve();
      };
      stream.setEncoding('utf8').on('data', add);
      for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve());
      if (stream.readableEnded || stream.destroyed) resolve();
    });
    return text;
  } finally {
    clearTimeout(timer);
    stream.off('data', add);
  }
}
