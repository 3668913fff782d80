/** A private key in a file: read as ssh reads it, which includes refusing one that others can read. */
import { readFile, stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { ArpoEnvError } from '../errors.js';

export interface KeyFile {
  path: string;
  /** Null when the key is encrypted. */
  privateKey: ParsedKey | null;
  /** Of an encrypted key only known when `<path>.pub` is there. */
  publicKey: ParsedKey | null;
}

/** Throws E_TUNNEL_KEY_FILE; its `cause` has the code ENOENT when there is no such file. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  await requirePrivate(path);
  const parsed = parseKey(await readFile(path));
  if (!(parsed instanceof Error) && parsed.isPrivateKey())
    return { path, privateKey: parsed, publicKey: parsed };
  if (parsed instanceof Error && /encrypted|passphrase/i.test(parsed.message)) {
    return { path, privateKey: null, publicKey: await readPublicHalf(path) };
  }
  throw keyFileError(
    `${path} holds no private key that can be read`,
    `look at what it is: ssh-keygen -lf '${path}'`,
    parsed,
  );
}

export function encryptedKeyError(path: string): ArpoEnvError {
  return keyFileError(
    `the private key ${path} is encrypted and the agent does not hold it`,
    `ssh-add '${path}'`,
  );
}

export function parseKey(data: Buffer | ParsedKey): ParsedKey | Error {
  // The declared type leaves out that some formats give an array; of those only one key is ever in use.
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(data);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key')) : parsed;
}

async function requirePrivate(path: string): Promise<void> {
  let mode: number;
  try {
    ({ mode } = await stat(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw keyFileError(
        `there is no private key ${path}`,
        `see which there are: ls -l ~/.ssh; or make it: ssh-keygen -t ed25519 -f '${path}'`,
        error,
      );
    }
    throw keyFileError(
      `the private key ${path} cannot be read: ${(error as Error).message}`,
      `look at its owner: ls -l '${path}'`,
      error,
    );
  }
  // ssh's own rule: nothing for group and others. Windows has no such modes.
  if ((mode & 0o077) === 0 || process.platform === 'win32') return;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  throw keyFileError(`the private key ${path} can be read by others (mode ${shown})`, `chmod 600 '${path}'`);
}

async function readPublicHalf(path: string): Promise<ParsedKey | null> {
  const bytes = await readFile(`${path}.pub`).catch(() => null);
  const parsed = bytes === null ? null : parseKey(bytes);
  return parsed instanceof Error ? null : parsed;
}

function keyFileError(message: string, hint: string, cause?: unknown): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_TUNNEL_KEY_FILE', message, hint }, { cause });
}
