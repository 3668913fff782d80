/** Commands over text: head, tail, wc, grep, sort, uniq, tee, basename, dirname, seq. */
import { posix } from 'node:path';
import { type CommandIo, type ShellCommand, UsageError } from '../shell.js';
import { resolve } from './files.js';
import { needOperands, parseOptions } from './options.js';

export const textCommands: Readonly<Record<string, ShellCommand>> = {
  head: (io) => someLines(io, (lines, count) => lines.slice(0, count)),
  tail: (io) => someLines(io, (lines, count) => lines.slice(Math.max(0, lines.length - count))),

  wc(io) {
    const { flags, operands } = parseOptions(io, 'lwc');
    const asked = (letter: string) => flags.size === 0 || flags.has(letter);
    for (const path of operands.length > 0 ? operands : ['-']) {
      const data = input(io, path);
      const text = data.toString();
      const counts = [
        ...(asked('l') ? [text.split('\n').length - 1] : []),
        ...(asked('w') ? [text.split(/\s+/).filter(Boolean).length] : []),
        ...(asked('c') ? [data.length] : []),
      ];
      io.out(`${counts.join(' ')}${path === '-' ? '' : ` ${path}`}\n`);
    }
    return 0;
  },

  grep(io) {
    const { flags, operands } = parseOptions(io, 'ivcnqEFhsl');
    needOperands(operands, 1);
    const [pattern = '', ...paths] = operands;
    const matches = compilePattern(pattern, flags);
    let found = 0;
    for (const path of paths.length > 0 ? paths : ['-']) {
      const hits = [...linesOf(input(io, path).toString()).entries()].filter(
        ([, line]) => matches.test(line) !== flags.has('v'),
      );
      found += hits.length;
      if (flags.has('q')) continue;
      const prefix = paths.length > 1 && !flags.has('h') ? `${path}:` : '';
      if (flags.has('c')) io.out(`${prefix}${hits.length}\n`);
      else if (flags.has('l')) io.out(hits.length > 0 ? `${path}\n` : '');
      else
        for (const [index, line] of hits)
          io.out(`${prefix}${flags.has('n') ? `${index + 1}:` : ''}${line}\n`);
    }
    return found > 0 ? 0 : 1;
  },

  sort(io) {
    const { flags, operands } = parseOptions(io, 'rnu');
    const lines =
      operands.length > 0
        ? operands.flatMap((path) => linesOf(input(io, path).toString()))
        : linesOf(io.stdin.toString());
    lines.sort(
      flags.has('n') ? (a, b) => Number.parseFloat(a || '0') - Number.parseFloat(b || '0') : compareBytes,
    );
    if (flags.has('r')) lines.reverse();
    writeLines(io, flags.has('u') ? [...new Set(lines)] : lines);
    return 0;
  },

  uniq(io) {
    const { operands } = parseOptions(io, '');
    const lines = linesOf(input(io, operands[0] ?? '-').toString());
    writeLines(
      io,
      lines.filter((line, index) => index === 0 || line !== lines[index - 1]),
    );
    return 0;
  },

  tee(io) {
    const { flags, operands } = parseOptions(io, 'a');
    for (const path of operands) io.host.files.write(resolve(io, path), io.stdin, { append: flags.has('a') });
    io.out(io.stdin);
    return 0;
  },

  basename(io) {
    needOperands(io.args, 1);
    io.out(`${posix.basename(io.args[0] ?? '', io.args[1])}\n`);
    return 0;
  },

  dirname(io) {
    needOperands(io.args, 1);
    io.out(`${posix.dirname(io.args[0] ?? '')}\n`);
    return 0;
  },

  seq(io) {
    needOperands(io.args, 1);
    const numbers = io.args.map(Number);
    if (numbers.some((number) => !Number.isInteger(number))) throw new UsageError('whole numbers only');
    const [first, last] =
      numbers.length === 1 ? [1, numbers[0] ?? 0] : [numbers[0] ?? 1, numbers.at(-1) ?? 0];
    const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1;
    if (step === 0 || Math.abs((last - first) / step) > 100_000) throw new UsageError('too many numbers');
    for (let number = first; step > 0 ? number <= last : number >= last; number += step)
      io.out(`${number}\n`);
    return 0;
  },
};

function input(io: CommandIo, path: string): Buffer {
  return path === '-' ? io.stdin : io.host.files.read(resolve(io, path));
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function writeLines(io: CommandIo, lines: readonly string[]): void {
  for (const line of lines) io.out(`${line}\n`);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** `-n N` or `-N` lines; 10 by default. */
function someLines(io: CommandIo, choose: (lines: string[], count: number) => string[]): number {
  const short = /^-(\d+)$/.exec(io.args[0] ?? '')?.[1];
  const { flags, operands } = short
    ? { flags: new Map([['n', short]]), operands: io.args.slice(1) }
    : parseOptions(io, 'n:');
  const count = Number(flags.get('n') ?? 10);
  if (!Number.isInteger(count) || count < 0)
    throw new UsageError(`invalid number of lines: '${flags.get('n')}'`);
  for (const path of operands.length > 0 ? operands : ['-'])
    writeLines(io, choose(linesOf(input(io, path).toString()), count));
  return 0;
}

function compilePattern(pattern: string, flags: ReadonlyMap<string, string>): RegExp {
  const source = flags.has('F')
    ? pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    : flags.has('E')
      ? pattern
      : extended(pattern);
  try {
    return new RegExp(source, flags.has('i') ? 'iu' : 'u');
  } catch {
    throw new UsageError(`the pattern ${pattern} is not supported by the simulated grep`);
  }
}

/** In basic expressions `+ ? | ( ) { }` are plain and their escaped forms special. */
function extended(basic: string): string {
  return basic.replace(/\\?[+?|(){}]/g, (token) => (token.startsWith('\\') ? token.slice(1) : `\\${token}`));
}
