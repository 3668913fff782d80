/** How commander's help and usage errors read: in the voice of everything else, `--json` included. */
import { type Argument, type Command, type CommanderError, Help, type Option } from 'commander';
import { nearestName } from '../config/nearest.js';
import type { Problem } from '../errors.js';

/** Commands before options, and defaults and choices without commander's quotes. */
export const HELP_STYLE: Partial<Help> = {
  showGlobalOptions: true,
  formatHelp(command, helper) {
    const sections = Help.prototype.formatHelp.call(helper, command, helper).trimEnd().split('\n\n');
    const areOptions = (section: string) => /^(Global )?Options:/.test(section);
    const rest = sections.filter((section) => !areOptions(section));
    return `${[...rest, ...sections.filter(areOptions)].join('\n\n')}\n`;
  },
  optionDescription: describe,
  argumentDescription: describe,
};

/** What was wrong with a command line, and what fixes it. */
export function usageProblem(error: CommanderError, program: Command, line: readonly string[]): Problem {
  const [text = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const path = commandPath(program, line);
  const meant = /Did you mean (.+)\?/.exec(suggestion)?.[1];
  const see = `see ${path} --help`;
  const choice =
    /^(?:option '(?<option>-[^' ,]*).*' argument|command-argument value) '(?<value>.*?)' is invalid.* choices are (?<choices>.*)\.$/s.exec(
      text,
    )?.groups;
  if (choice !== undefined) {
    const { option, value = '', choices = '' } = choice;
    const near = nearestName(value, choices.split(', '));
    const message = `${option === undefined ? '' : `${option} `}${value}: not one of ${choices}`;
    return { code: 'E_USAGE', message, fix: near === undefined ? see : `did you mean ${near}?` };
  }
  if (meant === undefined) return { code: 'E_USAGE', message: text, fix: see };
  const fix = `did you mean ${error.code === 'commander.unknownCommand' ? `${path} ` : ''}${meant}?`;
  return { code: 'E_USAGE', message: text, fix };
}

function describe({ description, argChoices, defaultValue }: Option | Argument): string {
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(', ')]),
    ...(typeof defaultValue === 'string' ? [`default: ${defaultValue}`] : []),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

/** `arpo-env service install` of `service install --foo`. */
function commandPath(program: Command, line: readonly string[]): string {
  const path = [program];
  for (const word of line) {
    const next = path.at(-1)?.commands.find((command) => command.name() === word);
    if (next !== undefined) path.push(next);
  }
  return path.map((command) => command.name()).join(' ');
}
