/** The schema as a tree of sections and fields, for whoever reads, prints or documents a config. */
import { z } from 'zod';
import { type FieldMeta, fieldMeta } from './fields.js';
import { configSchema } from './schema.js';

export interface ConfigField extends FieldMeta {
  type: 'field';
  /** `server.readyTimeout`. */
  path: string;
  key: string;
  /** One sentence or two, for `init`'s comments. */
  description: string;
  /** As a person would write it, such as `5s`; undefined when the field has no fixed default. */
  default: unknown;
}

export interface ConfigSection {
  type: 'section';
  /** Empty for the whole config. */
  path: string;
  key: string;
  description: string;
  children: ConfigNode[];
}

export type ConfigNode = ConfigSection | ConfigField;

/** Built again at each call: cheap, and nothing to keep. */
export function configOutline(): ConfigSection {
  return outlineSection(configSchema, '', '', 'The whole topology.');
}

/** A section and everything below it, in the order of the schema, parents before children. */
export function nodesOf(section: ConfigSection): ConfigNode[] {
  return [
    section,
    ...section.children.flatMap((child) => (child.type === 'field' ? [child] : nodesOf(child))),
  ];
}

export function fieldsOf(section: ConfigSection): ConfigField[] {
  return nodesOf(section).filter((node) => node.type === 'field');
}

function outlineSection(schema: z.ZodObject, path: string, key: string, description: string): ConfigSection {
  const children = Object.entries(schema.shape).map(([childKey, child]) =>
    outlineChild(child, path === '' ? childKey : `${path}.${childKey}`, childKey),
  );
  return { type: 'section', path, key, description, children };
}

function outlineChild(schema: z.core.$ZodType, path: string, key: string): ConfigNode {
  const description = z.globalRegistry.get(schema)?.description ?? '';
  const { inner, defaultValue } = unwrap(schema);
  if (inner instanceof z.ZodObject) return outlineSection(inner, path, key, description);
  const meta = fieldMeta.get(inner);
  if (meta === undefined) throw new TypeError(`the schema of ${path} is not built from src/config/fields.ts`);
  return { type: 'field', path, key, description, default: defaultValue, ...meta };
}

/** Takes `.prefault()` and `.optional()` off a field. */
function unwrap(schema: z.core.$ZodType): { inner: z.core.$ZodType; defaultValue: unknown } {
  if (schema instanceof z.ZodPrefault) {
    return { inner: unwrap(schema.unwrap()).inner, defaultValue: schema.def.defaultValue };
  }
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  return { inner: schema, defaultValue: undefined };
}
