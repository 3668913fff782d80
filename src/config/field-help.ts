/** What help says about a field: what may stand there, and what holds when nobody sets it. */
import { type ConfigField, configOutline, fieldsOf } from './outline.js';
import type { ConfigPath } from './schema.js';

/** By path: `(uitars, uitars-reference; default: uitars)`; empty where there is nothing to say. */
export function fieldHelp(): (path: ConfigPath) => string {
  const fields = fieldsOf(configOutline());
  return (path) => {
    const field = fields.find((candidate) => candidate.path === path);
    if (field === undefined) throw new TypeError(`the schema has no field ${path}`);
    const fallback = defaultText(field);
    const notes = [
      ...(field.kind === 'choice' ? [field.allowed] : []),
      ...(fallback === null ? [] : [`default: ${fallback}`]),
    ];
    return notes.length === 0 ? '' : `(${notes.join('; ')})`;
  };
}

/** A switch that is off, and a list that is empty, need no words. */
function defaultText({ default: value, description }: ConfigField): string | null {
  if (value === false || (Array.isArray(value) && value.length === 0)) return null;
  if (value !== undefined) return String(value);
  // Where a field has no default, its description ends with what holds then.
  return /\bUnset: (.+?)\.?$/.exec(description)?.[1] ?? null;
}
