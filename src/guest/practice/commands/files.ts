/** Commands over files: cat, cp, ls, mkdir, mv, rm, touch. */
import { setImmediate as othersTurn } from 'node:timers/promises';
import { FileError } from '../../file-error.js';
import { type Command, type CommandIo, needOperands, parseOptions, resolve } from './command.js';

export const fileCommands: Readonly<Record<string, Command>> = {
  cat(io) {
    const { operands } = parseOptions(io, '');
    return each(io, operands, '', (path) => io.out(io.host.files.read(resolve(io, path))));
  },

  cp(io) {
    const { flags, operands } = parseOptions(io, 'rRaf');
    const recursive = ['r', 'R', 'a'].some((letter) => flags.has(letter));
    const folder = operands.find((path) => io.host.files.kind(resolve(io, path)) === 'directory');
    if (folder !== undefined && folder !== operands.at(-1) && !recursive) {
      return failed(io, `-r not specified; omitting directory '${folder}'`);
    }
    return toTarget(io, operands, (from, to) => io.host.files.copy(from, to));
  },

  ls(io) {
    const { flags, operands } = parseOptions(io, 'aA1d');
    const paths = operands.length > 0 ? operands : ['.'];
    return each(io, paths, '', (path) => {
      const full = resolve(io, path);
      if (flags.has('d') || io.host.files.kind(full) !== 'directory') {
        if (io.host.files.kind(full) === null) throw new FileError('ENOENT', path);
        io.out(`${path}\n`);
        return;
      }
      if (paths.length > 1) io.out(`${path}:\n`);
      const hidden = flags.has('a') || flags.has('A');
      const names = io.host.files.list(full).filter((name) => hidden || !name.startsWith('.'));
      io.out((flags.has('a') ? ['.', '..', ...names] : names).map((name) => `${name}\n`).join(''));
    });
  },

  mkdir(io) {
    const { flags, operands } = parseOptions(io, 'p');
    needOperands(operands, 1);
    return each(io, operands, 'cannot create directory', (path) =>
      io.host.files.makeFolder(resolve(io, path), { parents: flags.has('p') }),
    );
  },

  mv(io) {
    const { operands } = parseOptions(io, 'f');
    return toTarget(io, operands, (from, to) => io.host.files.move(from, to));
  },

  rm(io) {
    const { flags, operands } = parseOptions(io, 'rRf');
    if (!flags.has('f')) needOperands(operands, 1);
    const recursive = flags.has('r') || flags.has('R');
    return each(io, operands, 'cannot remove', (path) => {
      const kind = io.host.files.kind(resolve(io, path));
      if (kind === null && flags.has('f')) return;
      if (kind === 'directory' && !recursive) throw new FileError('EISDIR', path);
      io.host.files.remove(resolve(io, path), { recursive });
    });
  },

  touch(io) {
    const { operands } = parseOptions(io, '');
    needOperands(operands, 1);
    return each(io, operands, 'cannot touch', (path) => {
      const full = resolve(io, path);
      if (io.host.files.kind(full) === null) io.host.files.write(full, Buffer.alloc(0));
    });
  },
};

/** Goes on after a failure, as the tools do: 1 when any failed. Between two, others have their turn. */
async function each(
  io: CommandIo,
  operands: readonly string[],
  what: string,
  act: (path: string) => void,
): Promise<number> {
  let status = 0;
  for (const path of operands) {
    await othersTurn();
    io.host.signal.throwIfAborted();
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      io.err(`${io.name}: ${what === '' ? path : `${what} '${path}'`}: ${error.reason}\n`);
      status = 1;
    }
  }
  return status;
}

function toTarget(
  io: CommandIo,
  operands: readonly string[],
  act: (from: string, to: string) => void,
): number | Promise<number> {
  needOperands(operands, 2);
  const [target = '', sources] = [operands.at(-1), operands.slice(0, -1)];
  const to = resolve(io, target);
  if (sources.length > 1 && io.host.files.kind(to) !== 'directory') {
    return failed(io, `target '${target}': Not a directory`);
  }
  return each(io, sources, 'cannot stat', (from) => act(resolve(io, from), to));
}

function failed(io: CommandIo, message: string): number {
  io.err(`${io.name}: ${message}\n`);
  return 1;
}
