/** Commands about the shell and the machine: echo, printf, cd, test, date, whoami, sh and the like. */
import { posix } from 'node:path';
import { FileError } from '../../../file-error.js';
import { runShellText } from '../run.js';
import { type CommandIo, newShell, type ShellCommand, UsageError } from '../shell.js';
import { formatDate } from './date.js';
import { resolve } from './files.js';
import { needOperands, parseOptions } from './options.js';

export const systemCommands: Readonly<Record<string, ShellCommand>> = {
  echo(io) {
    const options = /^-[neE]+$/.test(io.args[0] ?? '') ? (io.args[0] ?? '') : '';
    const text = (options === '' ? io.args : io.args.slice(1)).join(' ');
    io.out(`${options.includes('e') ? interpretEscapes(text) : text}${options.includes('n') ? '' : '\n'}`);
    return 0;
  },

  printf(io) {
    needOperands(io.args, 1);
    const [format = '', ...values] = io.args;
    do {
      io.out(
        interpretEscapes(format).replace(/%[sd%]/g, (token) =>
          token === '%%' ? '%' : (values.shift() ?? (token === '%d' ? '0' : '')),
        ),
      );
    } while (values.length > 0 && /%[sd]/.test(format));
    return 0;
  },

  cd(io) {
    const target = io.args[0] === '-' ? io.shell.variables.get('OLDPWD') : io.args[0];
    const path = resolve(io, target ?? io.shell.variables.get('HOME') ?? '/');
    const kind = io.host.files.kind(path);
    if (kind !== 'directory') throw new FileError(kind === null ? 'ENOENT' : 'ENOTDIR', target ?? path);
    io.shell.variables.set('OLDPWD', io.shell.cwd);
    io.shell.cwd = path;
    return 0;
  },

  pwd: (io) => print(io, io.shell.cwd),
  whoami: (io) => print(io, 'user'),
  hostname: (io) => print(io, 'arpo-sim'),
  uname: (io) =>
    print(
      io,
      io.args[0] === '-a'
        ? 'Linux arpo-sim 6.8.0 x86_64 GNU/Linux'
        : io.args[0] === '-m'
          ? 'x86_64'
          : 'Linux',
    ),
  id: (io) => print(io, 'uid=1000(user) gid=1000(user) groups=1000(user)'),
  true: () => 0,
  ':': () => 0,
  false: () => 1,
  env: (io) => print(io, [...io.shell.variables].map(([name, value]) => `${name}=${value}`).join('\n')),

  exit(io) {
    io.shell.exited = true;
    return io.args[0] === undefined ? io.shell.status : Number.parseInt(io.args[0], 10) & 0xff;
  },

  export(io) {
    for (const assignment of io.args) {
      const [name = '', ...value] = assignment.split('=');
      if (value.length > 0) io.shell.variables.set(name, value.join('='));
    }
    return 0;
  },

  unset(io) {
    for (const name of io.args) io.shell.variables.delete(name);
    return 0;
  },

  which(io) {
    const missing = io.args.filter((name) => !io.host.commands.has(name));
    for (const name of io.args) if (io.host.commands.has(name)) io.out(`/usr/bin/${name}\n`);
    return missing.length > 0 ? 1 : 0;
  },

  date(io) {
    const { operands } = parseOptions(io, 'u');
    const now = new Date(io.host.now());
    return print(
      io,
      formatDate(now, operands[0]?.startsWith('+') ? operands[0].slice(1) : '%a %b %e %H:%M:%S UTC %Y'),
    );
  },

  async sleep(io) {
    const seconds = Number(io.args[0]);
    if (!(seconds >= 0)) throw new UsageError(`invalid time interval '${io.args[0] ?? ''}'`);
    await io.host.sleep(seconds);
    return 0;
  },

  test: (io) => test(io, io.args),
  '['(io) {
    if (io.args.at(-1) !== ']') throw new UsageError("missing ']'");
    return test(io, io.args.slice(0, -1));
  },

  sh: shell,
  bash: shell,
};

function print(io: CommandIo, line: string): number {
  io.out(`${line}\n`);
  return 0;
}

/** `sh -c TEXT [NAME ARG…]`, `sh FILE [ARG…]`, or the script on stdin. */
async function shell(io: CommandIo): Promise<number> {
  const [first = '', ...rest] = io.args;
  const own = newShell(io.name, io.shell.cwd, Object.fromEntries(io.shell.variables));
  const streams = { stdin: io.stdin, out: io.out, err: io.err };
  if (/^-[a-z]*c$/.test(first)) {
    own.positional = rest.slice(2);
    return await runShellText(rest[0] ?? '', own, io.host, streams);
  }
  if (first.startsWith('-')) throw new UsageError(`invalid option -- '${first.slice(1)}'`);
  own.positional = rest;
  const text = first === '' ? io.stdin : io.host.files.read(resolve(io, first));
  return await runShellText(text.toString(), own, io.host, { ...streams, stdin: Buffer.alloc(0) });
}

const FILE_TESTS: Readonly<Record<string, (kind: 'file' | 'directory' | null, size: number) => boolean>> = {
  '-e': (kind) => kind !== null,
  '-f': (kind) => kind === 'file',
  '-d': (kind) => kind === 'directory',
  '-s': (kind, size) => kind !== null && size > 0,
};
const COMPARISONS: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '-eq': (a, b) => Number(a) === Number(b),
  '-ne': (a, b) => Number(a) !== Number(b),
  '-lt': (a, b) => Number(a) < Number(b),
  '-le': (a, b) => Number(a) <= Number(b),
  '-gt': (a, b) => Number(a) > Number(b),
  '-ge': (a, b) => Number(a) >= Number(b),
};

function test(io: CommandIo, args: readonly string[]): number {
  if (args[0] === '!') return test(io, args.slice(1)) === 0 ? 1 : 0;
  const [a = '', b = '', c = ''] = args;
  if (args.length === 0) return 1;
  if (args.length === 1) return a === '' ? 1 : 0;
  if (args.length === 2 && (a === '-n' || a === '-z')) return (b === '') === (a === '-z') ? 0 : 1;
  const fileTest = args.length === 2 ? FILE_TESTS[a] : undefined;
  if (fileTest) {
    const info = io.host.files.info(posix.resolve(io.shell.cwd, b));
    return fileTest(info?.kind ?? null, info?.size ?? 0) ? 0 : 1;
  }
  const compare = args.length === 3 ? COMPARISONS[b] : undefined;
  if (!compare) throw new UsageError(`${args.join(' ')}: this test is not supported by the simulated shell`);
  return compare(a, c) ? 0 : 1;
}

function interpretEscapes(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    a: '\x07',
    '0': '\0',
  };
  return text.replace(/\\([ntra0\\])/g, (_, letter: string) => escapes[letter] ?? letter);
}
