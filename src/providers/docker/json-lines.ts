/** The events of a pull or a build: one JSON document a line, for as long as it goes on. */
import type { Readable } from 'node:stream';

/** Ends with the stream; rejects when it breaks, and when the signal destroys it. */
export async function* jsonLines<T>(stream: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<T> {
  const readable = stream as Readable;
  const cancel = () => readable.destroy();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    let rest = '';
    for await (const chunk of readable.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.trim())) yield JSON.parse(line) as T;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    readable.destroy();
  }
}
