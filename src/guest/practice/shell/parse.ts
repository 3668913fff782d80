/** Reads shell text into its syntax tree. Compound commands (`if`, `for`, …) and here-documents are refused by name. */
import { readWord } from './parse-word.js';
import { Scanner } from './scanner.js';
import {
  type Redirect,
  type Script,
  type ScriptItem,
  ShellSyntaxError,
  type SimpleCommand,
  type Subshell,
} from './syntax.js';

const RESERVED = new Set(
  'if then elif else fi for while until do done case esac select function time coproc { } [['.split(' '),
);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;
const REDIRECT = /^(&>>|&>|[012]?>>|[012]?>&|[012]?>\|?|0?<)/;

/** Throws ShellSyntaxError. */
export function parseScript(text: string): Script {
  const scanner = new Scanner(text);
  const script = readList(scanner, '');
  if (!scanner.done()) throw unexpected(scanner);
  return script;
}

/** Up to `closing`, which is not taken, or to the end of the text. */
function readList(scanner: Scanner, closing: '' | ')'): Script {
  const items: ScriptItem[] = [];
  let when: ScriptItem['when'] = 'always';
  for (;;) {
    scanner.skipBlank({ newlines: true });
    if (scanner.done() || (closing !== '' && scanner.startsWith(closing))) {
      if (when !== 'always') throw unexpected(scanner);
      return items;
    }
    items.push({ when, ...readPipeline(scanner) });
    scanner.skipBlank();
    if (scanner.take('&&')) when = 'success';
    else if (scanner.take('||')) when = 'failure';
    // A background job runs at once and to its end here: nothing in this shell takes time.
    else if (scanner.take(';') || scanner.take('&') || scanner.take('\n')) when = 'always';
    else if (!scanner.done() && !(closing !== '' && scanner.startsWith(closing))) throw unexpected(scanner);
    else when = 'always';
  }
}

function readPipeline(scanner: Scanner): Omit<ScriptItem, 'when'> {
  const negated = scanner.takePattern(/^![ \t]/) !== null;
  const pipeline: ScriptItem['pipeline'] = [];
  do {
    scanner.skipBlank({ newlines: pipeline.length > 0 });
    pipeline.push(scanner.take('(') ? readSubshell(scanner) : readCommand(scanner));
    scanner.skipBlank();
  } while (!scanner.startsWith('||') && scanner.take('|'));
  return { negated, pipeline };
}

function readSubshell(scanner: Scanner): Subshell {
  const subshell = readList(scanner, ')');
  if (!scanner.take(')')) throw new ShellSyntaxError('syntax error: unexpected end of file');
  const redirects: Redirect[] = [];
  for (;;) {
    scanner.skipBlank();
    const read = readRedirects(scanner);
    if (read.length === 0) return { subshell, redirects };
    redirects.push(...read);
  }
}

function readCommand(scanner: Scanner): SimpleCommand {
  const command: SimpleCommand = { assignments: [], words: [], redirects: [] };
  for (;;) {
    scanner.skipBlank();
    const redirects = readRedirects(scanner);
    if (redirects.length > 0) {
      command.redirects.push(...redirects);
      continue;
    }
    const name = command.words.length === 0 ? scanner.takePattern(ASSIGNMENT) : null;
    if (name !== null) {
      command.assignments.push({ name: name.slice(0, -1), value: readWord(scanner, substitution) });
      continue;
    }
    if (command.words.length === 0) refuseReserved(scanner);
    const word = readWord(scanner, substitution);
    if (word.length === 0) break;
    command.words.push(word);
  }
  if (command.words.length + command.assignments.length + command.redirects.length === 0)
    throw unexpected(scanner);
  return command;
}

/** `$(…)`, whose parenthesis is open. */
function substitution(scanner: Scanner): Script {
  const script = readList(scanner, ')');
  if (!scanner.take(')')) throw new ShellSyntaxError("unexpected EOF while looking for matching `)'");
  return script;
}

function readRedirects(scanner: Scanner): Redirect[] {
  if (scanner.startsWith('<<'))
    throw new ShellSyntaxError('here-documents are not supported by the simulated shell');
  const text = scanner.takePattern(REDIRECT);
  if (text === null) return [];
  scanner.skipBlank();
  const target = readWord(scanner, substitution);
  if (target.length === 0) throw unexpected(scanner);
  if (text.startsWith('&')) {
    const duplicate: Redirect = {
      descriptor: 2,
      operator: '>&',
      target: [{ type: 'text', text: '1', quoted: true }],
    };
    return [{ descriptor: 1, operator: text === '&>>' ? '>>' : '>', target }, duplicate];
  }
  const descriptor = /^\d/.test(text) ? (Number(text.charAt(0)) as 0 | 1 | 2) : text.includes('<') ? 0 : 1;
  return [{ descriptor, operator: text.replace(/^\d/, '').replace('|', '') as Redirect['operator'], target }];
}

function refuseReserved(scanner: Scanner): void {
  const word = /^[^\s;&|()<>'"$`\\]+/.exec(scanner.rest())?.[0] ?? '';
  if (RESERVED.has(word)) throw new ShellSyntaxError(`\`${word}' is not supported by the simulated shell`);
}

function unexpected(scanner: Scanner): ShellSyntaxError {
  const token = /^(&&|\|\||;;|[^\s])/.exec(scanner.rest())?.[0];
  const what = token ? `near unexpected token \`${token}'` : 'unexpected end of file';
  return new ShellSyntaxError(`syntax error: ${what}`.replace('error: near', 'error near'));
}
