/** Python's text files, and what it does with their lines. */
import { readFile, stat } from 'node:fs/promises';
import { universalNewlines } from '../../python/text.js';
import { PythonError } from './errors.js';
import { typeName } from './values.js';

/** `open(path).read()`: UTF-8, with \r\n and \r read as \n. */
export async function readText(path: unknown): Promise<string> {
  return universalNewlines(decode(await readBytes(path)));
}

/** `open(path, 'rb').read()`. */
export async function readBytes(path: unknown): Promise<Buffer> {
  try {
    return await readFile(asPath(path));
  } catch (error) {
    throw fileError(error, path);
  }
}

/** `os.path.getsize(path)`, bytes. */
export async function fileSize(path: unknown): Promise<number> {
  try {
    return (await stat(asPath(path))).size;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Strictly decoded; a byte order mark stays a character, as in Python. */
export function decode(bytes: Uint8Array, encoding = 'utf-8'): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new PythonError('UnicodeDecodeError', `'${encoding}' codec can't decode the file`, { cause });
  }
}

/** What `for line in file` yields: each line with its \n, the last one perhaps without. */
export function fileLines(content: string): string[] {
  return content.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `line.expandtabs(size)` of one line. */
export function expandTabs(line: string, size: number): string {
  let column = 0;
  return Array.from(line, (char) => {
    const width = char === '\t' ? size - (column % size) : 1;
    column += width;
    return char === '\t' ? ' '.repeat(width) : char;
  }).join('');
}

function asPath(path: unknown): string {
  if (typeof path === 'string') return path;
  throw new PythonError('TypeError', `expected str, bytes or os.PathLike object, not ${typeName(path)}`);
}

const OS_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'PermissionError',
  EISDIR: 'IsADirectoryError',
  ENOENT: 'FileNotFoundError',
  ENOTDIR: 'NotADirectoryError',
};

function fileError(error: unknown, path: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  return new PythonError(OS_ERRORS[code] ?? 'OSError', `${code}: ${String(path)}`, { cause: error });
}
