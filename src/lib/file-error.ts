/** What a failed file operation means for the user. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ArpoEnvError, type ErrorCode } from '../errors.js';
import { singleQuoted } from '../shell-words.js';
import { errno } from './errno.js';

/** E_DISK_FULL, E_NO_PERMISSION or, for a path of the wrong kind, E_USAGE naming `path`; else `error` unchanged. */
export function fileError(error: unknown, path: string): unknown {
  const code = errno(error);
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : undefined;
  const ours = (errorCode: ErrorCode, message: string, fix: string) =>
    new ArpoEnvError({ code: errorCode, message, fix }, { cause: error });
  switch (syscall === 'mkdir' ? (OF_MKDIR[code ?? ''] ?? code) : code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return ours(
        'E_DISK_FULL',
        `no space left to write ${path}`,
        `free some space: df -h ${singleQuoted(existing(path))}`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': {
      const verb = typeof syscall === 'string' && READING.has(syscall) ? 'read' : 'write';
      const message = `this user may not ${verb} ${path}`;
      return ours(
        'E_NO_PERMISSION',
        message,
        `check the permissions: ls -ld ${singleQuoted(existing(path))}`,
      );
    }
    case 'EISDIR':
      return ours('E_USAGE', `${path} is a folder, and a file is needed`, 'name a file');
    case 'EEXIST':
      return ours('E_USAGE', `${path} is there already`, 'name another file, or remove that one');
    case 'ENOTDIR':
      return ours(
        'E_USAGE',
        `${path} cannot be used: a file stands where a folder is needed`,
        `look at it: ls -ld ${singleQuoted(existing(path))}`,
      );
    case 'ENAMETOOLONG':
      return ours('E_USAGE', `the path is longer than this system allows: ${path}`, 'choose a shorter one');
    case 'ELOOP':
      return ours(
        'E_USAGE',
        `${path} is a symbolic link that leads back to itself`,
        `look at it: ls -l ${singleQuoted(path)}`,
      );
    default:
      return error;
  }
}

/** A file stands where the folder belongs; Node says ENOENT where folders are to be made in a read-only file system. */
const OF_MKDIR: Record<string, string> = { EEXIST: 'ENOTDIR', ENOENT: 'EROFS' };

/** System calls that only look. */
const READING = new Set(['scandir', 'opendir', 'read', 'stat', 'lstat']);

/** The nearest folder above `path` that is there for this user: the one to look at. */
function existing(path: string): string {
  const parent = dirname(path);
  return parent === path || existsSync(parent) ? parent : existing(parent);
}
