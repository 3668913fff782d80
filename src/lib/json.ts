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
