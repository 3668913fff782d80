/** How the agent turns the `command` of a request into an argument list (guest-api.md §2, "Command details"). */
import { reprList } from '../python/text.js';
import { HttpPage, type JsonBody } from './flask.js';
import { GuestError } from './machine.js';
import { isTruthy } from './python-values.js';

export interface RequestedCommand {
  /** What is started; with a shell, `/bin/sh -c` and the rest. */
  argv: string[];
  /** How `/setup/launch` prints it. */
  printed: string;
  /** Python's `str` of what the original hands to `subprocess`. */
  shown: string;
}

/**
 * Throws GuestError with the original's text when there is nothing to start, and the framework's page 500 for what breaks
 * the original's handler: no string and no list of strings, or quotes that do not close.
 */
export function requestedCommand(body: JsonBody, home: string): RequestedCommand {
  const shell = isTruthy(body.shell);
  const given = body.command === undefined ? (shell ? '' : []) : body.command;
  const isText = typeof given === 'string';
  if (!isText && !(Array.isArray(given) && given.every((item) => typeof item === 'string'))) {
    throw new HttpPage(500);
  }
  const items = isText ? (shell ? [given] : wordsOf(given)) : given;
  // Only items of a list: a string for the shell is left to the shell.
  const args =
    isText && shell ? items : items.map((item) => (item.startsWith('~/') ? home + item.slice(1) : item));
  if (!shell) {
    if (args.length === 0) throw new GuestError('list index out of range');
    return { argv: args, printed: args.join(' '), shown: reprList(args) };
  }
  const shown = isText ? given : reprList(args);
  return { argv: ['/bin/sh', '-c', ...args], printed: shown, shown };
}

function wordsOf(text: string): string[] {
  try {
    return splitWords(text);
  } catch {
    throw new HttpPage(500);
  }
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
