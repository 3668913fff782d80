/** Where values come from: file, .env, environment and flags, laid over each other in this order. */
import { resolve } from 'node:path';
import type { ConfigField, ConfigNode, ConfigSection } from './outline.js';

export type ValueSource =
  | { kind: 'default' }
  | { kind: 'file'; file: string }
  /** `file` is the .env file, when the variable was set there. */
  | { kind: 'env'; name: string; file?: string }
  /** `name` as it stands on the command line: `--port`. */
  | { kind: 'flag'; name?: string };

/** A partial config, nested as the schema is, not validated yet. */
export type RawConfig = Record<string, unknown>;

export interface Layer {
  values: RawConfig;
  sourceOf(path: string): ValueSource;
}

/** `default`, the file's name, `env PROVIDER`, `env PROVIDER (/x/.env)`, `--port` or `flag`. */
export function formatSource(source: ValueSource): string {
  if (source.kind === 'file') return source.file;
  if (source.kind === 'flag') return source.name ?? source.kind;
  if (source.kind !== 'env') return source.kind;
  return source.file === undefined ? `env ${source.name}` : `env ${source.name} (${source.file})`;
}

export interface NormalizeOptions {
  /** Where relative paths start. */
  folder: string;
  /** Values are texts, as flags and the environment have them: `8` is a number, `a,b` a list. */
  fromText: boolean;
}

/**
 * The values of one layer with nulls (a key that is there, with nothing behind it) left out, paths made absolute and
 * texts read. What the schema does not know is passed through, for the schema to refuse.
 */
export function normalizeLayer(
  section: ConfigSection,
  values: RawConfig,
  options: NormalizeOptions,
): RawConfig {
  const entries = Object.entries(values).flatMap(([key, value]) => {
    const child = section.children.find((candidate) => candidate.key === key);
    if (child === undefined) return value === undefined ? [] : [[key, value] as const];
    if (value === null || value === undefined) return [];
    if (child.type === 'field') return [[key, normalizeValue(child, value, options)] as const];
    return [[key, isRecord(value) ? normalizeLayer(child, value, options) : value] as const];
  });
  return Object.fromEntries(entries);
}

/** Fields by path and the flags that set them. */
export type FlagNames = Readonly<Record<string, string>>;

/** What a command line says: `values` in the schema's shape, texts read as what their fields need. */
export function flagLayer(
  outline: ConfigSection,
  values: RawConfig,
  folder: string,
  names: FlagNames = {},
): Layer {
  return {
    values: normalizeLayer(outline, values, { folder, fromText: true }),
    sourceOf: (path) => ({ kind: 'flag', ...(names[path] === undefined ? {} : { name: names[path] }) }),
  };
}

/** Later layers win, key by key; lists are replaced as a whole. A wrong value in a section's place stays, to be named. */
export function mergeLayers(layers: readonly Layer[]): RawConfig {
  return layers.reduce<RawConfig>((merged, { values }) => mergeRecords(merged, values), {});
}

/** The source of the last layer that has a value (of a section: one that is not a section) at this path. */
export function sourceIn(layers: readonly Layer[], { type, path }: ConfigNode): ValueSource {
  const layer = layers.findLast(({ values }) => {
    const value = valueAt(values, path);
    return value !== undefined && !(type === 'section' && isRecord(value));
  });
  return layer?.sourceOf(path) ?? { kind: 'default' };
}

/** `server.port` and 80 make `{ server: { port: 80 } }`. */
export function nested(path: string, value: unknown): RawConfig {
  const [key = '', ...rest] = path.split('.');
  return { [key]: rest.length === 0 ? value : nested(rest.join('.'), value) };
}

/** The value at a dotted path; the whole at the empty one. */
export function valueAt(values: RawConfig, path: string): unknown {
  if (path === '') return values;
  return path.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), values);
}

export function isRecord(value: unknown): value is RawConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function normalizeValue(field: ConfigField, value: unknown, options: NormalizeOptions): unknown {
  const read = options.fromText && typeof value === 'string' ? readText(field, value) : value;
  if (field.kind === 'path') return absolute(read, options.folder);
  if (field.item === 'path') return [read].flat().map((path) => absolute(path, options.folder));
  return read;
}

/** What a text can't be read as stays a text: the schema names it. */
function readText({ kind }: ConfigField, text: string): unknown {
  if (kind === 'integer') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (kind === 'boolean') return { true: true, 1: true, false: false, 0: false }[text.trim()] ?? text;
  if (kind !== 'list') return text;
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}

function absolute(path: unknown, folder: string): unknown {
  if (typeof path !== 'string' || /^\s*$|^~(\/|$)/.test(path)) return path;
  return resolve(folder, path);
}

/** `above` over `below`, key by key. */
export function mergeRecords(below: RawConfig, above: RawConfig): RawConfig {
  const merged = Object.entries(above).map(([key, value]) => {
    const under = Object.hasOwn(below, key) ? below[key] : undefined;
    if (under === undefined || !isRecord(value)) return [key, value];
    return [key, isRecord(under) ? mergeRecords(under, value) : under];
  });
  return { ...below, ...Object.fromEntries(merged) };
}
