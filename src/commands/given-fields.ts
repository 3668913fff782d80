/** What a command line says about the config: values in the schema's shape, and which flag gave which. */
import { mergeRecords, nested, type RawConfig } from '../config/layers.js';
import type { CommandArgument, CommandOption } from './option.js';

export interface GivenFields {
  /** A partial config, texts not read yet. */
  values: RawConfig;
  /** `server.port` → `--port`. */
  names: Readonly<Record<string, string>>;
}

export function givenFields(
  options: readonly CommandOption[],
  flags: Readonly<Record<string, unknown>>,
  args: readonly CommandArgument[],
  words: readonly unknown[],
): GivenFields {
  let values: RawConfig = {};
  const names: Record<string, string> = {};
  const take = (field: string | null, value: unknown, name: string) => {
    if (field === null || value === undefined) return;
    values = mergeRecords(values, nested(field, value));
    names[field] = name;
  };
  for (const { key, option, field } of options) take(field, flags[key], option.long ?? option.flags);
  args.forEach(({ argument, field }, index) => {
    take(field, words[index], argument.name());
  });
  return { values, names };
}
