/** Python's text files and string methods, where they differ from JavaScript's. */
import { readFile, stat } from 'node:fs/promises';
import { PythonError } from './errors.js';
import { typeName } from './values.js';

/** Members of Python's `\s` and of what `str.strip()` removes, as the body of a character class. */
export const WHITESPACE = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;

/** The characters at which `str.splitlines()` breaks, as the body of a character class. */
const LINE_BREAKS = String.raw`\n-\r\x1c-\x1e\x85\u2028\u2029`;

const EDGES = new RegExp(`^[${WHITESPACE}]+|[${WHITESPACE}]+$`, 'g');
const RIGHT_EDGE = new RegExp(`[${WHITESPACE}]+$`);
const LINE_END = new RegExp(`\r\n|[${LINE_BREAKS}]`);
const WORD = new RegExp(`[^${WHITESPACE}]+`, 'g');

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

/** Strict UTF-8; a byte order mark stays a character, as in Python. */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new PythonError('UnicodeDecodeError', "'utf-8' codec can't decode the file", { cause });
  }
}

export function universalNewlines(content: string): string {
  return content.replace(/\r\n?/g, '\n');
}

/** What `for line in file` yields: each line with its \n, the last one perhaps without. */
export function fileLines(content: string): string[] {
  return content.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `str.splitlines()`. */
export function splitLines(content: string): string[] {
  const lines = content.split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function strip(content: string): string {
  return content.replace(EDGES, '');
}

export function stripRight(content: string): string {
  return content.replace(RIGHT_EDGE, '');
}

/** `str.split()`. */
export function words(content: string): string[] {
  return content.match(WORD) ?? [];
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

/** `json.loads(content)`. */
export function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new PythonError('JSONDecodeError', cause instanceof Error ? cause.message : 'invalid JSON', {
      cause,
    });
  }
}

function asPath(path: unknown): string {
  if (typeof path === 'string') return path;
  throw new PythonError('TypeError', `expected str, bytes or os.PathLike object, not ${typeName(path)}`);
}

function fileError(error: unknown, path: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  return new PythonError(
    missing ? 'FileNotFoundError' : 'OSError',
    `${String(error.code)}: ${String(path)}`,
    { cause: error },
  );
}
