/**
 * A key in a file, read as ssh reads it: the private half unless others can read it too, and the public half from wherever it
 * stands. With the public half alone the agent can be asked for the other one (ssh_config(5), IdentityFile).
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { ArpoEnvError } from '../../errors.js';
import { errno, messageOf } from '../../lib/errno.js';
import { singleQuoted } from '../../shell-words.js';

export interface KeyFile {
  path: string;
  bytes: Buffer;
  /** Null when the key is encrypted, or unusable. */
  privateKey: ParsedKey | null;
  /** Of an encrypted key only known when its format shows it or `<path>.pub` is there. */
  publicKey: ParsedKey | null;
  /** E_SSH_KEY_FILE: why nobody can have the private half from here; its `cause` has the code ENOENT when there is no such file. */
  unusable: ArpoEnvError | null;
  /** `kind comment` of a public half that only the system's ssh could offer, such as FIDO's or a certificate. */
  stranger: string | null;
}

export async function readKeyFile(path: string): Promise<KeyFile> {
  const file = { path, bytes: Buffer.alloc(0), privateKey: null, unusable: null, stranger: null };
  try {
    const bytes = privateBlock(await readPrivate(path));
    const parsed = parsePrivateKey(bytes);
    if (!(parsed instanceof Error)) return { ...file, bytes, privateKey: parsed, publicKey: parsed };
    if (!isEncrypted(bytes, parsed)) throw noPrivateKey(path, parsed);
    return { ...file, bytes, publicKey: publicHalf(bytes) ?? (await readPublicHalf(path)).key };
  } catch (error) {
    if (!(error instanceof ArpoEnvError)) throw error;
    const { key, stranger } = await readPublicHalf(path);
    return { ...file, publicKey: key, unusable: error, stranger };
  }
}

/** The key, or null when the passphrase is not the right one. */
export function unlock({ bytes }: KeyFile, passphrase: string): ParsedKey | null {
  const key = parsePrivateKey(bytes, passphrase);
  return key instanceof Error ? null : key;
}

export function encryptedKeyError(path: string): ArpoEnvError {
  return keyFileError(
    `the private key ${path} is encrypted, the agent does not hold it and there is no terminal to ask for the passphrase`,
    `ssh-add ${singleQuoted(path)}`,
  );
}

export function parseKey(data: Buffer | ParsedKey, passphrase?: string): ParsedKey | Error {
  // The declared type leaves out that some formats give an array; of those only one key is ever in use.
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(data, passphrase);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key')) : parsed;
}

/**
 * Without what may stand around it, as OpenSSL's reader and ssh's own have it: attributes, comments or EC parameters before, the
 * public half after. Other formats, such as PuTTY's, stay as they are.
 */
function privateBlock(bytes: Buffer): Buffer {
  const [block] = PRIVATE_BLOCK.exec(bytes.toString('latin1')) ?? [];
  return block === undefined ? bytes : Buffer.from(`${block.replaceAll('\r\n', '\n')}\n`, 'latin1');
}

const PRIVATE_BLOCK = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----.*?-----END \1-----/s;

/** What ssh2 reads, and PKCS #8 (`BEGIN PRIVATE KEY`, `BEGIN ENCRYPTED PRIVATE KEY`), which it does not. */
function parsePrivateKey(bytes: Buffer, passphrase?: string): ParsedKey | Error {
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(bytes.toString('latin1'))) {
    const parsed = parseKey(bytes, passphrase);
    return parsed instanceof Error || parsed.isPrivateKey() ? parsed : new Error('a public key');
  }
  try {
    const key = createPrivateKey({ key: bytes, ...(passphrase !== undefined && { passphrase }) });
    if (key.asymmetricKeyType === 'ed25519') return parseKey(opensshKey(key));
    const type = key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1';
    return parseKey(Buffer.from(key.export({ type, format: 'pem' })));
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** Of an Ed25519 key ssh2 reads OpenSSH's own format alone (PROTOCOL.key): here without encryption, and for this process only. */
function opensshKey(key: KeyObject): Buffer {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const kind = Buffer.from('ssh-ed25519');
  const none = Buffer.from('none');
  const empty = Buffer.alloc(0);
  const one = Buffer.from([0, 0, 0, 1]);
  const checks = Buffer.alloc(8);
  const secret = Buffer.concat([
    checks,
    ...[kind, point, Buffer.concat([seed, point]), empty].map(sshString),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, -secret.length & 7);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, empty].map(sshString),
    one,
    sshString(Buffer.concat([kind, point].map(sshString))),
    sshString(Buffer.concat([secret, padding])),
  ]);
  const lines = blob.toString('base64').replace(/.{70}/g, '$&\n');
  return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`);
}

function sshString(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** PKCS #8 says so itself; of the other formats ssh2 does. */
function isEncrypted(bytes: Buffer, error: Error): boolean {
  return (
    bytes.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || /encrypted|passphrase/i.test(error.message)
  );
}

async function readPrivate(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    if (isPublic(bytes)) throw onlyPublic(path);
    requirePrivate(path, (await stat(path)).mode);
    return bytes;
  } catch (error) {
    if (error instanceof ArpoEnvError) throw error;
    if (errno(error) === 'ENOENT') {
      throw keyFileError(
        `there is no private key ${path}`,
        `see which there are: ls -l ~/.ssh; or make it: ssh-keygen -t ed25519 -f ${singleQuoted(path)}`,
        error,
      );
    }
    throw keyFileError(
      `the private key ${path} cannot be read: ${messageOf(error)}`,
      `look at its owner: ls -l ${singleQuoted(path)}`,
      error,
    );
  }
}

function requirePrivate(path: string, mode: number): void {
  // ssh's own rule: nothing for group and others. Windows has no such modes.
  if ((mode & 0o077) === 0 || process.platform === 'win32') return;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  throw keyFileError(
    `the private key ${path} can be read by others (mode ${shown})`,
    `chmod 600 ${singleQuoted(path)}`,
  );
}

/** OpenSSH's own format shows the public half of an encrypted key (PROTOCOL.key): magic, cipher, KDF, its options, count, key. */
function publicHalf(bytes: Buffer): ParsedKey | null {
  const base64 = /^-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(bytes.toString('latin1'))?.[1];
  const blob = Buffer.from(base64 ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  if (!blob.toString('latin1').startsWith(magic)) return null;
  let offset = magic.length;
  const next = () => {
    const length = blob.readUInt32BE(offset);
    offset += 4 + length;
    return blob.subarray(offset - length, offset);
  };
  try {
    for (let field = 0; field < 3; field += 1) next();
    offset += 4; // the number of keys, always 1
    const key = next();
    const type = key.toString('latin1', 4, 4 + key.readUInt32BE(0));
    const parsed = parseKey(Buffer.from(`${type} ${key.toString('base64')}`));
    return parsed instanceof Error ? null : parsed;
  } catch {
    return null; // cut short: ssh2 refuses it when it is unlocked
  }
}

/** As ssh looks for it: in the file itself, beside it, then in the private key, which it need not be able to use. */
async function readPublicHalf(path: string): Promise<{ key: ParsedKey | null; stranger: string | null }> {
  const read = (file: string) => readFile(file).catch(() => Buffer.alloc(0));
  const own = await read(path);
  for (const bytes of [own, await read(`${path}.pub`)]) {
    if (!isPublic(bytes)) continue;
    const parsed = parseKey(bytes);
    if (!(parsed instanceof Error) && !parsed.type.includes('-cert-')) return { key: parsed, stranger: null };
    const [kind = '', , ...comment] = bytes.toString('latin1').trim().split(/\s+/);
    return { key: null, stranger: [kind, ...comment].join(' ') };
  }
  const block = privateBlock(own);
  const parsed = parsePrivateKey(block);
  return { key: parsed instanceof Error ? publicHalf(block) : parsed, stranger: null };
}

/** `kind base64 comment` (sshd(8), AUTHORIZED_KEYS FILE FORMAT), whatever the kind. */
function isPublic(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  return !PRIVATE_BLOCK.test(text) && /^\s*[a-z][\w@.-]* AAAA[\w+/=]+(\s|$)/.test(text);
}

function onlyPublic(path: string): ArpoEnvError {
  return keyFileError(
    `${path} is the public half of a key, and the agent does not hold the private one`,
    publicHalfFix(path),
  );
}

/** For a public half of which nobody has the other one. */
export function publicHalfFix(path: string): string {
  const other = path.replace(/\.pub$/, '');
  return other === path
    ? 'load the private key into the agent: ssh-add, or name its file'
    : `load the private key into the agent: ssh-add ${singleQuoted(other)} — or name that file`;
}

function noPrivateKey(path: string, cause: Error): ArpoEnvError {
  return keyFileError(
    `${path} holds no private key that can be read`,
    `look at what it is: ssh-keygen -lf ${singleQuoted(path)}`,
    cause,
  );
}

function keyFileError(message: string, fix: string, cause?: unknown): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_SSH_KEY_FILE', message, fix }, { cause });
}
