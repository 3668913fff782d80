/** What every command shares: its context, its examples in `--help`, its error path and its exit code. */
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type Command, Option } from 'commander';
import type { LoadedConfig } from '../config/load.js';
import { ArpoEnvError, ERROR_CODES, toArpoEnvError } from '../errors.js';
import { Console } from '../ui/console.js';
import { type GivenFields, givenFields } from './given-fields.js';
import type { ArgumentsOf, CommandArgument, CommandOption, FlagsOf } from './option.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface CommandContext {
  console: Console;
  /** Aborted by the first Ctrl-C or SIGTERM, with an ArpoEnvError E_INTERRUPTED as its reason. */
  signal: AbortSignal;
  logLevel: LogLevel;
  /** What the options that set config fields say. */
  fields: GivenFields;
  /** File, environment and then those options. */
  loadConfig(): Promise<LoadedConfig>;
}

/** Exit code of a command that did its work; an error's code comes from the table of errors, here 2 and 130 from another machine's. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

export interface CommandDefinition {
  /** Arguments, options and, for a group, subcommands. */
  configure(command: Command): void;
  /** Adds to the help what the config knows of its options: their choices and defaults. */
  explain(): Promise<void>;
}

interface LeafDefinition<
  Options extends readonly CommandOption[],
  Arguments extends readonly CommandArgument[],
> {
  /** In place of the summary that the list of commands has. */
  description?: string;
  arguments?: Arguments;
  options?: Options;
  /** Two or three real command lines, shown at the end of `--help`. */
  examples: readonly string[];
  /** Loads one capability, calls it and renders its outcome. Throws ArpoEnvErrors. */
  run(
    context: CommandContext,
    flags: FlagsOf<Options>,
    ...args: ArgumentsOf<Arguments>
  ): Promise<ExitCode> | Promise<void>;
}

interface GroupMember {
  summary: string;
  command: CommandDefinition;
}

/** A command that does something. */
export function defineCommand<
  const Options extends readonly CommandOption[] = readonly [],
  const Arguments extends readonly CommandArgument[] = readonly [],
>(definition: LeafDefinition<Options, Arguments>): CommandDefinition {
  const options: readonly CommandOption[] = definition.options ?? [];
  const args: readonly CommandArgument[] = definition.arguments ?? [];
  return {
    configure(command) {
      if (definition.description !== undefined) command.description(definition.description);
      for (const { argument } of args) command.addArgument(argument);
      for (const { option } of options) command.addOption(option);
      const examples = definition.examples.map((line) => `  $ ${line}`);
      command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
      command.action(async (...parameters: unknown[]) => {
        const given = parameters.slice(0, -2);
        const flags = command.opts();
        const fields = givenFields(options, flags, args, given);
        process.exitCode = await runCommand(command.optsWithGlobals(), fields, (context) =>
          definition.run(context, flags as FlagsOf<Options>, ...(given as ArgumentsOf<Arguments>)),
        );
      });
    },
    async explain() {
      const ofFields = [
        ...options.map(({ option, field }) => ({ shown: option, field })),
        ...args.map(({ argument, field }) => ({ shown: argument, field })),
      ];
      if (ofFields.every(({ field }) => field === null)) return;
      const { fieldHelp } = await import('../config/field-help.js');
      const help = fieldHelp();
      // A default of the command's own is shown as any option's is.
      for (const { shown, field } of ofFields)
        if (field !== null && shown.defaultValue === undefined)
          shown.description = `${shown.description} ${help(field)}`.trim();
    },
  };
}

/** A command whose subcommands do something, e.g. `config print`. */
export function defineCommandGroup(members: Record<string, GroupMember>): CommandDefinition {
  return {
    configure(command) {
      for (const [name, member] of Object.entries(members)) {
        member.command.configure(command.command(name).summary(member.summary).description(member.summary));
      }
    },
    async explain() {
      await Promise.all(Object.values(members).map(({ command }) => command.explain()));
    },
  };
}

/** Options that every command understands; `cli.ts` puts them on the program. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  new Option('--json', 'one JSON document per result on stdout, nothing else there'),
  new Option('--no-color', 'no colours (also: NO_COLOR)'),
  new Option('--config <file>', 'config file to use instead of the one that is found'),
  new Option('--log-level <level>', 'how much is logged on stderr').choices([...LOG_LEVELS]).default('info'),
];

interface GlobalOptions {
  json?: boolean;
  color?: boolean;
  config?: string;
  logLevel?: LogLevel;
}

async function runCommand(
  globals: GlobalOptions,
  fields: GivenFields,
  run: (context: CommandContext) => Promise<ExitCode> | Promise<void>,
): Promise<number> {
  const console = new Console({ json: globals.json ?? false, color: globals.color ?? true });
  const logLevel = globals.logLevel ?? 'info';
  const interruption = catchInterruption();
  try {
    const context: CommandContext = {
      console,
      signal: interruption.signal,
      logLevel,
      fields,
      loadConfig: async () => {
        const { loadConfig } = await import('../config/load.js');
        const loaded = await loadConfig({
          cwd: process.cwd(),
          env: process.env,
          flags: fields.values,
          flagNames: fields.names,
          ...(globals.config === undefined ? {} : { configFile: globals.config }),
        });
        for (const warning of loaded.warnings) console.warn(warning);
        return loaded;
      },
    };
    const code = await run(context);
    return typeof code === 'number' ? code : 0;
  } catch (thrown) {
    const error = toArpoEnvError(thrown);
    if (interruption.signal.aborted) {
      if (!console.json) console.info('stopped');
      return 130;
    }
    console.error(error);
    if (logLevel === 'debug') console.info(stackWithCauses(error));
    return ERROR_CODES[error.code].exit;
  } finally {
    interruption[Symbol.dispose]();
  }
}

/** First SIGINT, SIGTERM or SIGHUP, the end of the terminal: orderly stop through the signal. Second: at once. */
function catchInterruption(): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(
      new ArpoEnvError({
        code: 'E_INTERRUPTED',
        message: `interrupted by ${name}`,
        fix: 'run the command again',
      }),
    );
  };
  const onHangup: typeof onSignal = outlivesTerminal() ? () => {} : onSignal;
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onHangup);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onHangup);
    },
  };
}

/**
 * Under nohup(1), or started by hand to the same effect: nothing is read from a terminal, and all output goes to files. Node
 * itself forgets that SIGHUP was to be ignored.
 */
function outlivesTerminal(): boolean {
  const goesToFile = (fd: number) => {
    const stat = fstatSync(fd);
    return stat.isFile() || (stat.isCharacterDevice() && !isatty(fd));
  };
  return !isatty(0) && goesToFile(1) && goesToFile(2);
}

function stackWithCauses(error: Error): string {
  const lines = [error.stack ?? error.message];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(`caused by ${cause.stack ?? cause.message}`);
  }
  return lines.join('\n');
}
