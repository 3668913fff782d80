/** The server's token, from the config or from a file that only its owner can read. */
import { open } from 'node:fs/promises';
import { ArpoEnvError } from '../errors.js';
import { errno, messageOf } from '../lib/errno.js';
import { shellQuote, singleQuoted } from '../shell-words.js';

export interface TokenSource {
  token?: string | undefined;
  tokenFile?: string | undefined;
}

/** Undefined when there is none. Throws E_NO_TOKEN for an empty or unreadable file, E_NO_PERMISSION for an open one. */
export async function readToken({ token, tokenFile }: TokenSource): Promise<string | undefined> {
  if (tokenFile === undefined) return token;
  const text = await readPrivateFile(tokenFile);
  if (text.trim() !== '') return text.trim();
  throw noToken(`the token file ${tokenFile} is empty`, tokenFile);
}

async function readPrivateFile(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const stats = await file.stat();
    if (stats.isDirectory()) throw isFolder(path);
    const { mode } = stats;
    // Windows has no such bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw readableByOthers(path, mode);
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof ArpoEnvError) throw error;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): ArpoEnvError {
  if (errno(error) === 'ENOENT') return noToken(`the token file ${path} does not exist`, path, error);
  const message = `the token file ${path} cannot be read: ${messageOf(error)}`;
  return new ArpoEnvError(
    { code: 'E_NO_TOKEN', message, fix: `look at it: ls -ld ${singleQuoted(path)}` },
    { cause: error },
  );
}

function isFolder(path: string): ArpoEnvError {
  const message = `the token file ${path} is a folder`;
  return new ArpoEnvError({
    code: 'E_NO_TOKEN',
    message,
    fix: 'name the file that holds the token with --token-file',
  });
}

function readableByOthers(path: string, mode: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_NO_PERMISSION',
    message: `the token file ${path} is open to other users (mode ${(mode & 0o777).toString(8)})`,
    fix: `chmod 600 ${shellQuote(path)}`,
  });
}

function noToken(message: string, path: string, cause?: unknown): ArpoEnvError {
  const file = shellQuote(path);
  const fix = `openssl rand -hex 32 > ${file} && chmod 600 ${file}`;
  return new ArpoEnvError({ code: 'E_NO_TOKEN', message, fix }, { cause });
}
