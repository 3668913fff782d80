/** The events of a pull or a build: one JSON document a line, for as long as it goes on. */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { parseJson } from '../../lib/json.js';
import { onAbort } from '../../lib/wait.js';

const SHOWN_CHARACTERS = 200;

/** Ends with the stream; rejects when it breaks, when a line is not an event, and when the signal destroys it. */
export async function* jsonLines<Event extends z.ZodType>(
  stream: NodeJS.ReadableStream,
  eventSchema: Event,
  signal: AbortSignal,
): AsyncGenerator<z.output<Event>> {
  const readable = stream as Readable;
  using _listener = onAbort(signal, () => readable.destroy());
  try {
    let rest = '';
    for await (const chunk of readable.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((text) => text.trim())) yield parseEvent(line, eventSchema);
    }
  } finally {
    readable.destroy();
  }
}

function parseEvent<Event extends z.ZodType>(line: string, eventSchema: Event): z.output<Event> {
  const event = parseJson(line, eventSchema);
  if (event === undefined) throw new Error(`Docker sent no event: ${line.slice(0, SHOWN_CHARACTERS)}`);
  return event;
}
