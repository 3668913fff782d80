/** Options and arguments of a command as data: what its handler gets follows from them, down to the types. */
import { Argument, Option } from 'commander';
import type { ConfigPath } from '../config/schema.js';

/** `--max-steps <n>` → `max-steps`. */
type LongName<Flags extends string> = Flags extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name} ${string}`
    ? Name
    : Rest
  : never;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

interface OptionDetails {
  default?: string;
  choices?: readonly string[];
  /** Called for each time the option is given. */
  parse?: (text: string, previous: never) => unknown;
  /** The option that it cannot be given with. */
  conflicts?: string;
  /** Given by our own programs alone: not in the help. */
  hidden?: true;
}

/** What one text that was given becomes, before it is known how often and whether at all. */
type Word<Details> = Details extends { choices: readonly (infer Choice)[] } ? Choice : string;

type Given<Flags extends string, Details> = Details extends { parse: (...args: never[]) => infer Parsed }
  ? Parsed
  : Flags extends `${string}...>`
    ? Word<Details>[]
    : Flags extends `${string}<${string}`
      ? Word<Details>
      : boolean;

type Value<Flags extends string, Details> =
  | Given<Flags, Details>
  | (Details extends { default: string } ? never : undefined);

export interface CommandOption<Key extends string = string, Type = unknown> {
  key: Key;
  option: Option;
  /** The config field that it sets. */
  field: ConfigPath | null;
  /** Carries a type, no value. */
  type?: Type;
}

export interface CommandArgument<Type = unknown> {
  argument: Argument;
  field: ConfigPath | null;
  type?: Type;
}

/** `{ maxSteps: string | undefined, … }`, as commander makes it of these options. */
export type FlagsOf<Options extends readonly CommandOption[]> = {
  [Each in Options[number] as Each['key']]: Each extends CommandOption<string, infer Type> ? Type : never;
};

export type ArgumentsOf<Arguments extends readonly CommandArgument[]> = {
  [Index in keyof Arguments]: Arguments[Index] extends CommandArgument<infer Type> ? Type : never;
};

/** An option that is the command's own: its text, its default and its choices stand here. */
export function option<const Flags extends string, const Details extends OptionDetails = object>(
  flags: Flags,
  description: string,
  details?: Details,
): CommandOption<CamelCase<LongName<Flags>>, Value<Flags, Details>> {
  const { default: fallback, choices, parse, conflicts, hidden }: OptionDetails = details ?? {};
  const made = new Option(flags, description);
  if (fallback !== undefined) made.default(fallback);
  if (choices !== undefined) made.choices(choices);
  if (parse !== undefined) made.argParser(parse as (text: string, previous: unknown) => unknown);
  if (conflicts !== undefined) made.conflicts(conflicts);
  made.hideHelp(hidden ?? false);
  return { key: made.attributeName() as CamelCase<LongName<Flags>>, option: made, field: null };
}

/**
 * An option that sets a field of the config, which knows its type, unit, default and choices; `loadConfig` hands it on by
 * itself. A default here is for a command that does not take the config's own value.
 */
export function fieldOption<const Flags extends string, const Details extends { default?: string } = object>(
  field: ConfigPath,
  flags: Flags,
  description: string,
  details?: Details,
): CommandOption<CamelCase<LongName<Flags>>, Value<Flags, Details>> {
  return { ...option(flags, description, details), field };
}

type ArgumentType<Name extends string, Details> = Name extends `${string}...${string}`
  ? Word<Details>[]
  : Name extends `[${string}`
    ? Word<Details> | undefined
    : Word<Details>;

/** `[host]`, `<what>`, `[args...]`. */
export function argument<
  const Name extends string,
  const Details extends Pick<OptionDetails, 'choices'> = object,
>(name: Name, description: string, details?: Details): CommandArgument<ArgumentType<Name, Details>> {
  const { choices }: OptionDetails = details ?? {};
  const made = new Argument(name, description);
  if (choices !== undefined) made.choices(choices);
  return { argument: made, field: null };
}

/** An argument that sets a field of the config, as `fieldOption` does. */
export function fieldArgument<const Name extends string>(
  field: ConfigPath,
  name: Name,
  description: string,
): CommandArgument<ArgumentType<Name, object>> {
  return { ...argument(name, description), field };
}
