/** Commands about the shell and the machine: cd, date, echo, exit, false, pwd, sleep, true, whoami. */
import { FileError } from '../../file-error.js';
import { formatDate } from '../clock.js';
import { type Command, type CommandIo, parseOptions, resolve, UsageError } from './command.js';

export const systemCommands: Readonly<Record<string, Command>> = {
  cd(io) {
    const target = io.args[0] ?? io.host.environment.HOME ?? '/';
    const path = resolve(io, target);
    const kind = io.host.files.kind(path);
    if (kind !== 'directory') throw new FileError(kind === null ? 'ENOENT' : 'ENOTDIR', target);
    io.shell.cwd = path;
    return 0;
  },

  date(io) {
    const [format = '+%a %b %e %H:%M:%S UTC %Y'] = parseOptions(io, 'u').operands;
    const text = format.startsWith('+') ? formatDate(io.host.now(), format.slice(1)) : null;
    if (text === null) throw new UsageError(`invalid date '${format}'`);
    return print(io, text);
  },

  echo(io) {
    const newline = io.args[0] !== '-n';
    io.out(io.args.slice(newline ? 0 : 1).join(' ') + (newline ? '\n' : ''));
    return 0;
  },

  exit(io) {
    io.shell.exited = true;
    return io.args[0] === undefined ? io.shell.status : Number.parseInt(io.args[0], 10) & 0xff;
  },

  false: () => 1,
  pwd: (io) => print(io, io.shell.cwd),
  whoami: (io) => print(io, 'user'),

  async sleep(io) {
    const seconds = Number(io.args[0]);
    if (!(seconds >= 0)) throw new UsageError(`invalid time interval '${io.args[0] ?? ''}'`);
    await io.host.sleep(seconds);
    return 0;
  },

  true: () => 0,
};

function print(io: CommandIo, line: string): number {
  io.out(`${line}\n`);
  return 0;
}
