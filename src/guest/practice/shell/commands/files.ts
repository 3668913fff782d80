/** Commands over files: cat, ls, mkdir, rmdir, touch, rm, cp, mv. */
import { posix } from 'node:path';
import { FileError } from '../../../file-error.js';
import type { CommandIo, ShellCommand } from '../shell.js';
import { needOperands, parseOptions } from './options.js';

export const fileCommands: Readonly<Record<string, ShellCommand>> = {
  cat(io) {
    const { operands } = parseOptions(io, '');
    return eachOperand(io, operands.length > 0 ? operands : ['-'], (path) => {
      io.out(path === '-' ? io.stdin : io.host.files.read(resolve(io, path)));
    });
  },

  ls(io) {
    const { flags, operands } = parseOptions(io, 'aAl1d');
    const paths = operands.length > 0 ? operands : ['.'];
    return eachOperand(io, paths, (path) => {
      const full = resolve(io, path);
      const info = io.host.files.info(full);
      if (!info) throw new FileError('ENOENT', path);
      if (info.kind === 'file' || flags.has('d')) {
        io.out(`${flags.has('l') ? longLine(io, full, path) : path}\n`);
        return;
      }
      if (paths.length > 1) io.out(`${path}:\n`);
      const names = io.host.files
        .list(full)
        .filter((name) => flags.has('a') || flags.has('A') || !name.startsWith('.'));
      const shown = flags.has('a') ? ['.', '..', ...names] : names;
      if (flags.has('l')) io.out(`total ${names.length * 4}\n`);
      for (const name of shown)
        io.out(`${flags.has('l') ? longLine(io, posix.join(full, name), name) : name}\n`);
    });
  },

  mkdir(io) {
    const { flags, operands } = parseOptions(io, 'p');
    needOperands(operands, 1);
    return eachOperand(
      io,
      operands,
      (path) => io.host.files.makeFolder(resolve(io, path), { parents: flags.has('p') }),
      'cannot create directory',
    );
  },

  rmdir(io) {
    const { operands } = parseOptions(io, '');
    needOperands(operands, 1);
    return eachOperand(
      io,
      operands,
      (path) => {
        if (io.host.files.kind(resolve(io, path)) === 'file') throw new FileError('ENOTDIR', path);
        io.host.files.remove(resolve(io, path));
      },
      'failed to remove',
    );
  },

  touch(io) {
    const { operands } = parseOptions(io, '');
    needOperands(operands, 1);
    return eachOperand(io, operands, (path) => io.host.files.touch(resolve(io, path)), 'cannot touch');
  },

  rm(io) {
    const { flags, operands } = parseOptions(io, 'rRf');
    if (!flags.has('f')) needOperands(operands, 1);
    const recursive = flags.has('r') || flags.has('R');
    return eachOperand(
      io,
      operands,
      (path) => {
        const kind = io.host.files.kind(resolve(io, path));
        if (kind === null && flags.has('f')) return;
        if (kind === 'directory' && !recursive) throw new FileError('EISDIR', path);
        io.host.files.remove(resolve(io, path), { recursive });
      },
      'cannot remove',
    );
  },

  cp(io) {
    const { flags, operands } = parseOptions(io, 'rRaf');
    const recursive = ['r', 'R', 'a'].some((letter) => flags.has(letter));
    return toTarget(io, operands, 'cannot stat', (from, to) => {
      if (io.host.files.kind(resolve(io, from)) === 'directory' && !recursive) {
        io.err(`cp: -r not specified; omitting directory '${from}'\n`);
        return false;
      }
      io.host.files.copy(resolve(io, from), resolve(io, to));
      return true;
    });
  },

  mv(io) {
    const { operands } = parseOptions(io, 'f');
    return toTarget(io, operands, 'cannot stat', (from, to) => {
      io.host.files.move(resolve(io, from), resolve(io, to));
      return true;
    });
  },
};

export function resolve(io: CommandIo, path: string): string {
  return posix.resolve(io.shell.cwd, path);
}

/** Goes on after a failure, as the tools do: 1 when any failed. */
function eachOperand(
  io: CommandIo,
  operands: readonly string[],
  act: (path: string) => void,
  what?: string,
): number {
  let status = 0;
  for (const path of operands) {
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      io.err(`${io.name}: ${what ? `${what} '${path}'` : path}: ${error.reason}\n`);
      status = 1;
    }
  }
  return status;
}

function toTarget(
  io: CommandIo,
  operands: readonly string[],
  what: string,
  act: (from: string, to: string) => boolean,
): number {
  needOperands(operands, 2);
  const to = operands.at(-1) ?? '';
  const sources = operands.slice(0, -1);
  if (sources.length > 1 && io.host.files.kind(resolve(io, to)) !== 'directory') {
    io.err(`${io.name}: target '${to}': Not a directory\n`);
    return 1;
  }
  let status = 0;
  const failed = eachOperand(
    io,
    sources,
    (from) => {
      if (!act(from, to)) status = 1;
    },
    what,
  );
  return Math.max(status, failed);
}

function longLine(io: CommandIo, full: string, name: string): string {
  const info = io.host.files.info(full);
  const mode = info?.kind === 'directory' ? 'drwxr-xr-x 2' : '-rw-r--r-- 1';
  const modified = new Date(info?.modified ?? 0).toISOString().slice(0, 16).replace('T', ' ');
  return `${mode} user user ${String(info?.size ?? 0).padStart(8)} ${modified} ${name}`;
}
