/** A loaded config as rows for a person or a machine, in the notation of the config file, without its secrets. */
import { formatSource, type RawConfig, valueAt } from './layers.js';
import type { LoadedConfig } from './load.js';
import { MASK, maskCredentials } from './mask.js';
import { type ConfigField, configOutline, fieldsOf } from './outline.js';
import { durationText, sizeText } from './units.js';

export interface ConfigRow {
  key: string;
  /** As it would be written in the config file; null when it is not set. */
  value: string | number | boolean | string[] | null;
  /** `default`, a file, `env NAME` or `flag`. */
  source: string;
}

export function configRows({ config, sources }: LoadedConfig): ConfigRow[] {
  return fieldsOf(configOutline()).map((field) => ({
    key: field.path,
    value: written(field, valueAt(config as RawConfig, field.path)),
    source: formatSource(sources[field.path] ?? { kind: 'default' }),
  }));
}

function written(field: ConfigField, value: unknown): ConfigRow['value'] {
  if (value === undefined) return null;
  if (field.secret) return MASK;
  if (field.kind === 'duration') return value === 0 ? 'never' : durationText(value as number);
  if (field.kind === 'size') return sizeText(value as number);
  if (Array.isArray(value)) return value.map((item) => maskCredentials(String(item)));
  return typeof value === 'string' ? maskCredentials(value) : (value as number | boolean);
}
