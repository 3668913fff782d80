/** How the agent turns the `command` of a request into an argument list (guest-api.md §2, "Command details"). */
import { reprText } from '../python/text.js';
import type { JsonBody } from './flask.js';
import { GuestError } from './machine.js';

export interface RequestedCommand {
  /** What is started; with a shell, `/bin/sh -c` and the rest. */
  argv: string[];
  /** How `/setup/launch` prints it. */
  printed: string;
}

/** Throws GuestError with the original's text when there is nothing to start. */
export function requestedCommand(body: JsonBody, home: string): RequestedCommand {
  const shell = isTruthy(body.shell);
  const given = body.command ?? (shell ? '' : []);
  const isText = typeof given === 'string';
  if (!isText && !(Array.isArray(given) && given.every((item) => typeof item === 'string'))) {
    throw new GuestError('command must be a string or a list of strings');
  }
  const items = isText ? (shell ? [given] : splitWords(given)) : given;
  // Only items of a list: a string for the shell is left to the shell.
  const args =
    isText && shell ? items : items.map((item) => (item.startsWith('~/') ? home + item.slice(1) : item));
  if (args.length === 0) throw new GuestError('list index out of range');
  if (!shell) return { argv: args, printed: args.join(' ') };
  return { argv: ['/bin/sh', '-c', ...args], printed: isText ? given : pythonList(args) };
}

/** Python's truth: `"shell": "true"` is in five task configs. */
export function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Python's `shlex.split`: quotes and backslashes, no expansion. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && '"\\'.includes(text.charAt(at + 1)))
        word += text.charAt(++at);
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      if (at + 1 >= text.length) throw new GuestError('No escaped character');
      word = (word ?? '') + text.charAt(++at);
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== '') throw new GuestError('No closing quotation');
  if (word !== null) words.push(word);
  return words;
}

/** Python's `str` of a list of strings. */
function pythonList(items: readonly string[]): string {
  return `[${items.map(reprText).join(', ')}]`;
}
