/** What a file system answers instead of doing: with the texts of Python and of the shell's tools. */
import { errno } from '../lib/errno.js';
import { GuestError } from './machine.js';

const REASONS = {
  EPERM: [1, 'Operation not permitted'],
  ENOENT: [2, 'No such file or directory'],
  ENXIO: [6, 'No such device or address'],
  EACCES: [13, 'Permission denied'],
  EEXIST: [17, 'File exists'],
  ENODEV: [19, 'No such device'],
  ENOTDIR: [20, 'Not a directory'],
  EISDIR: [21, 'Is a directory'],
  EINVAL: [22, 'Invalid argument'],
  ETXTBSY: [26, 'Text file busy'],
  EFBIG: [27, 'File too large'],
  ENOSPC: [28, 'No space left on device'],
  EROFS: [30, 'Read-only file system'],
  ENAMETOOLONG: [36, 'File name too long'],
  ENOTEMPTY: [39, 'Directory not empty'],
  ELOOP: [40, 'Too many levels of symbolic links'],
} as const satisfies Record<string, readonly [number, string]>;

export class FileError extends GuestError {
  /** As the shell's tools say it, e.g. `No such file or directory`. */
  readonly reason: string;

  constructor(
    readonly code: keyof typeof REASONS,
    readonly path: string,
  ) {
    const [errno, reason] = REASONS[code];
    super(`[Errno ${errno}] ${reason}: '${path}'`);
    this.reason = reason;
  }
}

/** What Node's `fs` threw, in these words; any other error as it is. */
export function fromSystem(error: unknown, path: string): unknown {
  const code = errno(error);
  return code !== undefined && Object.hasOwn(REASONS, code)
    ? new FileError(code as keyof typeof REASONS, path)
    : error;
}
