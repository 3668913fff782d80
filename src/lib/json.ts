/** JSON that comes from elsewhere: parsed, never cast. */
import type { z } from 'zod';

/** The document that `text` is; undefined when it is not JSON. Its shape is unknown. */
export function parseJson(text: string): unknown;
/** The document that `text` is, when it has the schema's shape; else undefined. */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): z.output<Schema> | undefined;
export function parseJson(text: string, schema?: z.ZodType): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  return schema ? schema.safeParse(document).data : document;
}

const QUOTE = 0x22;
const ESCAPE = 0x5c;
/** One stands before each value of a document but the first: `[`, `{` or `,`. */
const BEFORE_VALUES = new Set([0x5b, 0x7b, 0x2c]);

/** Whether this JSON consists of so many values that parsing would hold everything else up: of 400 MB of `{}` for minutes. */
export function hasTooManyValues(json: Buffer, most = 1_000_000): boolean {
  if (json.length <= most) return false;
  let values = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = endOfString(json, at);
    else if (BEFORE_VALUES.has(byte)) values += 1;
    if (values > most) return true;
  }
  return false;
}

function endOfString(json: Buffer, start: number): number {
  for (let at = json.indexOf(QUOTE, start + 1); at !== -1; at = json.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (json[at - 1 - escapes] === ESCAPE) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}
