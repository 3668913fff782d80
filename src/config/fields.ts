/** The kinds of values a config field can have. Each carries in words what it allows, for errors and for `init`. */
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { z } from 'zod';
import { parseDuration, parseSize } from './units.js';

export type FieldKind = 'text' | 'choice' | 'boolean' | 'integer' | 'duration' | 'size' | 'path' | 'list';

export interface FieldMeta {
  kind: FieldKind;
  /** What is allowed, as it completes "allowed: …". */
  allowed: string;
  /** Of a list: the kind of each item. */
  item?: FieldKind;
  /** Never printed. */
  secret?: boolean;
}

/** What the schema knows beyond zod's own types; filled while the schema's modules load, read by `outline.ts`. */
export const fieldMeta = z.registry<FieldMeta>();

export function text(allowed: string, pattern = /\S/) {
  return z.string().regex(pattern).register(fieldMeta, { kind: 'text', allowed });
}

/** A text that no output shows. */
export function secret(allowed: string) {
  return z.string().regex(/^\S+$/).register(fieldMeta, { kind: 'text', allowed, secret: true });
}

export function choice<const Names extends readonly [string, ...string[]]>(names: Names) {
  return z.enum(names).register(fieldMeta, { kind: 'choice', allowed: names.join(', ') });
}

/** A choice that has other names as well: `meaning` says which one is meant, if any. */
export function namedChoice<const Names extends readonly [string, ...string[]]>(
  names: Names,
  meaning: (name: string) => Names[number] | undefined,
) {
  const parse = (value: string, context: z.RefinementCtx<string>): Names[number] => {
    const found = meaning(value);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', input: value });
    return z.NEVER;
  };
  return z
    .string()
    .transform(parse)
    .register(fieldMeta, { kind: 'choice', allowed: names.join(', ') });
}

export function boolean() {
  return z.boolean().register(fieldMeta, { kind: 'boolean', allowed: 'true or false' });
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  const upTo = max === Number.MAX_SAFE_INTEGER ? 'up' : `to ${max}`;
  return z
    .int()
    .min(min)
    .max(max)
    .register(fieldMeta, { kind: 'integer', allowed: `a whole number from ${min} ${upTo}` });
}

/** A TCP port; 0 lets the system choose a free one. */
export function port() {
  return integer(0, 65_535);
}

/** `90s`, `1h` → milliseconds. */
export function duration() {
  return fromText(parseDuration).register(fieldMeta, {
    kind: 'duration',
    allowed: 'a duration such as 500ms, 90s, 5m or 1h, at most 24d (a plain number is seconds)',
  });
}

/** How often something is done, in milliseconds; `never` is 0. */
export function interval() {
  const parse = (value: string | number) => (value === 'never' ? 0 : parseDuration(value));
  return fromText(parse).register(fieldMeta, {
    kind: 'duration',
    allowed: 'a duration such as 500ms, 90s or 5m (a plain number is seconds), or never',
  });
}

/** `512M`, `4G` → bytes; not less than `smallest`. */
export function size(smallest = '') {
  const least = parseSize(smallest) ?? 0;
  const parse = (value: string | number) => {
    const bytes = parseSize(value);
    return bytes === undefined || bytes < least ? undefined : bytes;
  };
  return fromText(parse).register(fieldMeta, {
    kind: 'size',
    allowed:
      least === 0
        ? 'a size such as 512M or 4G (a plain number is bytes)'
        : `a size from ${smallest}, such as 4G (a plain number is bytes)`,
  });
}

/** A path on this machine; `~` is the home. `layers.ts` makes a relative one start at the config file's folder. */
export function path(allowed: string) {
  return z
    .string()
    .regex(/\S/)
    .transform((value) => value.replace(/^~(?=\/|$)/, homedir()))
    .register(fieldMeta, { kind: 'path', allowed });
}

export function httpUrl(example: string) {
  return z
    .url({ protocol: /^https?$/ })
    .register(fieldMeta, { kind: 'text', allowed: `an http or https URL such as ${example}` });
}

/** A list; one value alone may be written without brackets, and the environment writes it with commas. */
export function list(item: z.ZodType<string, string>, allowed: string) {
  return z
    .union([z.array(item), item])
    .transform((value) => [value].flat())
    .register(fieldMeta, { kind: 'list', item: fieldMeta.get(item)?.kind ?? 'text', allowed });
}

export function cidr() {
  return z.union([z.cidrv4(), z.cidrv6()]);
}

/** An address to listen on. */
export function bindAddress() {
  return z
    .string()
    .refine((value) => isIP(value) !== 0 || value === 'localhost')
    .register(fieldMeta, {
      kind: 'text',
      allowed: 'an IP address to listen on, such as 127.0.0.1 or 0.0.0.0',
    });
}

function fromText(parse: (value: string | number) => number | undefined) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', input: value });
    return z.NEVER;
  });
}
