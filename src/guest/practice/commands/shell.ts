/**
 * `sh -c TEXT`: commands joined by `;`, `&&` and `||`, words with quotes, `$NAME` and `~`, output led elsewhere. All else
 * that a shell has (pipes, substitution, patterns, assignments, `if`, `for`) is refused by name, never taken literally.
 */
import { posix } from 'node:path';
import { FileError } from '../../file-error.js';
import type { MemoryFiles } from '../files/memory-files.js';
import {
  type Command,
  type CommandHost,
  runCommand,
  type Shell,
  type Streams,
  UsageError,
} from './command.js';

/** The text cannot be run; the message is what the shell says of it. */
class ShellError extends Error {}

interface Step {
  /** It runs only after success, only after failure, or always. */
  when: '&&' | '||' | ';';
  words: string[];
  redirects: Redirect[];
}

interface Redirect {
  stream: keyof Streams;
  append: boolean;
  to: keyof Streams | { file: string };
}

const COMMAND_NOT_FOUND = 127;
const WORD = String.raw`(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\&|;<>()\x60])+`;
const TOKEN = new RegExp(
  [
    String.raw`(?<blank>[ \t]+|\\\n|#[^\n]*)`,
    String.raw`(?<joint>&&|\|\||[;\n])`,
    String.raw`(?<stream>[12]?)(?<mode>>>?)[ \t]*(?:&(?<to>[12])|(?<file>${WORD}))`,
    `(?<word>${WORD})`,
  ].join('|'),
  'y',
);
const VARIABLE = String.raw`\$(?:(?<name>[A-Za-z_]\w*)|\{(?<braced>[A-Za-z_]\w*)\})?`;
const PIECE = new RegExp(
  String.raw`'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"|\\(?<escaped>[\s\S])|${VARIABLE}|^~(?=\/|$)|[*?[{}]`,
  'g',
);
const PIECE_IN_QUOTES = new RegExp(String.raw`\\(?<escaped>["\\$\x60\n])|${VARIABLE}|\x60`, 'g');
/** At the place of a command. */
const RESERVED = /^(?:(?:if|for|while|until|case|select|function|time|!)$|[A-Za-z_]\w*=)/;

/** Arguments after the text would be its parameters, which there are none of here. */
export const shellCommand: Command = async (io) => {
  const [option = '', text = ''] = io.args;
  if (!/^-[a-z]*c$/.test(option)) throw new UsageError('only -c TEXT is supported here');
  const shell = { name: io.name, cwd: io.shell.cwd, status: 0, exited: false };
  try {
    for (const { when, words, redirects } of stepsOf(text, io.host.environment)) {
      if (shell.exited) break;
      if (when !== ';' && (when === '&&') !== (shell.status === 0)) continue;
      shell.status = await run(words, redirects, shell, io.host, { out: io.out, err: io.err });
    }
    return shell.status;
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    io.err(`${io.name}: ${error.message}\n`);
    return 2;
  }
};

async function run(
  words: readonly string[],
  redirects: readonly Redirect[],
  shell: Shell,
  host: CommandHost,
  streams: Streams,
): Promise<number> {
  try {
    const redirected = redirects.reduce(
      (before, next) => redirect(before, next, shell.cwd, host.files),
      streams,
    );
    const status = words.length === 0 ? 0 : await runCommand(words, shell, host, redirected);
    if (status !== null) return status;
    const where = shell.name === 'sh' ? 'sh: 1' : shell.name;
    redirected.err(`${where}: ${words[0]}: ${shell.name === 'sh' ? '' : 'command '}not found\n`);
    return COMMAND_NOT_FOUND;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    streams.err(`${shell.name}: ${error.path}: ${error.reason}\n`);
    return 1;
  }
}

function redirect(
  streams: Streams,
  { stream, append, to }: Redirect,
  cwd: string,
  files: MemoryFiles,
): Streams {
  if (typeof to === 'string') return { ...streams, [stream]: streams[to] };
  const path = posix.resolve(cwd, to.file);
  if (path === '/dev/null') return { ...streams, [stream]: () => {} };
  files.write(path, Buffer.alloc(0), { append });
  return {
    ...streams,
    [stream]: (data: string | Buffer) => files.write(path, Buffer.from(data), { append: true }),
  };
}

/** Throws ShellError, before anything runs. */
function stepsOf(text: string, environment: CommandHost['environment']): Step[] {
  const steps: Step[] = [];
  let step: Step = { when: ';', words: [], redirects: [] };
  const isEmpty = () => step.words.length + step.redirects.length === 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.groups;
    if (!token) throw unreadable(text.charAt(at));
    const { joint, mode, stream, to, file = '', word } = token;
    if (mode !== undefined) {
      const target = to === undefined ? { file: expand(file, PIECE, environment) } : streamOf(to);
      step.redirects.push({ stream: streamOf(stream), append: mode === '>>', to: target });
    } else if (word !== undefined) {
      const reserved = step.words.length === 0 ? RESERVED.exec(word)?.[0] : undefined;
      if (reserved) throw unsupported(reserved);
      step.words.push(expand(word, PIECE, environment));
    } else if (joint !== undefined && !isEmpty()) {
      steps.push(step);
      step = { when: joint === '\n' ? ';' : (joint as Step['when']), words: [], redirects: [] };
    } else if (joint !== undefined && joint !== '\n') {
      throw new ShellError(`syntax error near unexpected token \`${joint}'`);
    }
  }
  if (!isEmpty()) steps.push(step);
  else if (step.when !== ';') throw new ShellError('syntax error: unexpected end of file');
  return steps;
}

function streamOf(digit: string | undefined): keyof Streams {
  return digit === '2' ? 'err' : 'out';
}

function expand(raw: string, pieces: RegExp, environment: CommandHost['environment']): string {
  return raw.replace(pieces, (piece: string, ...rest: unknown[]) => {
    const { single, double, escaped, name, braced } = rest.at(-1) as Record<string, string | undefined>;
    if (single !== undefined) return single;
    if (double !== undefined) return expand(double, PIECE_IN_QUOTES, environment);
    if (escaped !== undefined) return escaped === '\n' ? '' : escaped;
    const variable = piece === '~' ? 'HOME' : (name ?? braced);
    if (variable === undefined) throw unsupported(piece);
    return Object.hasOwn(environment, variable) ? (environment[variable] ?? '') : '';
  });
}

function unreadable(character: string): ShellError {
  if (!/['"]/.test(character)) return unsupported(character);
  return new ShellError(`unexpected EOF while looking for matching \`${character}'`);
}

function unsupported(what: string): ShellError {
  return new ShellError(`\`${what}' is not supported by the practice desktop's shell`);
}
