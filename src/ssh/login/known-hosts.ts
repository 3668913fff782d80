/** known_hosts files: which keys a host is known by. Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno, messageOf } from '../../lib/errno.js';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';
import { matchesPatterns } from '../host/patterns.js';
import type { SshTarget } from '../host/target.js';

export interface KnownHost {
  file: string;
  line: number;
  marker: '@revoked' | '@cert-authority' | null;
  /** The first field: names, patterns and negations separated by commas, or one hashed name. */
  names: string;
  keyType: string;
  key: Buffer;
}

export type HostKeyVerdict =
  | { kind: 'known' }
  | { kind: 'revoked'; by: KnownHost }
  /** The host is known by other keys only. */
  | { kind: 'changed'; known: KnownHost[] }
  /** `authority` is true when only a certificate authority vouches for the host. */
  | { kind: 'unknown'; authority: boolean };

/** All entries of all files. A file that is not there has none; one that cannot be read is told and has none, lines that cannot be are skipped, as ssh does. */
export async function readKnownHosts(
  files: readonly string[],
  tell: (message: string) => void,
): Promise<KnownHost[]> {
  const read = async (file: string) => {
    const text = await readText(file).catch((error: unknown) => {
      tell(`${file} cannot be read, so the host keys in it are not known: ${messageOf(error)}`);
      return '';
    });
    return { file, text };
  };
  const texts = await Promise.all(files.map(read));
  return texts.flatMap(({ file, text }) =>
    text.split(/\r?\n/).flatMap((line, index) => parseLine(line, file, index + 1)),
  );
}

/** The name under which a host is looked up and saved: `host`, or `[host]:port` when the port is not 22. */
export function hostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The name under which the keys of this target are looked up and saved. */
export function knownName({ hostKeyAlias, host, port }: SshTarget): string {
  return hostKeyAlias ?? hostName(host, port);
}

/** What the entries say about `key`, shown by the host of this `name`. */
export function judgeHostKey(entries: readonly KnownHost[], name: string, key: Buffer): HostKeyVerdict {
  const own = entries.filter((entry) => namesMatch(entry.names, name));
  const revoked = own.find((entry) => entry.marker === '@revoked' && entry.key.equals(key));
  if (revoked) return { kind: 'revoked', by: revoked };
  const plain = own.filter((entry) => entry.marker === null);
  if (plain.some((entry) => entry.key.equals(key))) return { kind: 'known' };
  // ssh looks a host on another port up without the port too, but only to find a match, not a contradiction.
  const bare = /^\[(.+)\]:\d+$/.exec(name)?.[1];
  if (bare !== undefined && judgeHostKey(entries, bare, key).kind === 'known') return { kind: 'known' };
  if (plain.length > 0) return { kind: 'changed', known: plain };
  return { kind: 'unknown', authority: own.some((entry) => entry.marker === '@cert-authority') };
}

/** Types of the keys that `name` is known by: those to ask the server for, so that it can show the known one. */
export function knownKeyTypes(entries: readonly KnownHost[], name: string): string[] {
  const own = entries.filter((entry) => entry.marker === null && namesMatch(entry.names, name));
  return [...new Set(own.map((entry) => entry.keyType))];
}

/** Adds a line, with the name hashed when `hash` is set (ssh's HashKnownHosts). Throws E_NO_PERMISSION or E_DISK_FULL. */
export async function saveKnownHost(file: string, name: string, key: Buffer, hash: boolean): Promise<void> {
  const line = `${hash ? hashName(name) : name} ${keyType(key)} ${key.toString('base64')}\n`;
  try {
    const text = await readText(file);
    const start = text === '' || text.endsWith('\n') ? '' : '\n';
    await makeFolder(dirname(file), 0o700);
    await appendFile(file, start + line, { mode: 0o600 });
  } catch (error) {
    throw fileError(error, file);
  }
}

/** `SHA256:…` as ssh shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The first field of a public key blob (RFC 4253 §6.6), e.g. `ssh-ed25519`. */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  }
}

function parseLine(text: string, file: string, line: number): KnownHost[] {
  const fields = text.trim().split(/\s+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : null;
  const [names, type, base64] = fields;
  if (!names || names.startsWith('#') || !type || !base64) return [];
  if (marker !== null && marker !== '@revoked' && marker !== '@cert-authority') return [];
  const key = Buffer.from(base64, 'base64');
  return keyType(key) === type ? [{ file, line, marker, names, keyType: type, key }] : [];
}

function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashMatches(names, name);
  return matchesPatterns(names.split(','), name);
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both in base64. */
function hashMatches(names: string, name: string): boolean {
  const [, , salt = '', hash = ''] = names.split('|');
  return hmac(Buffer.from(salt, 'base64'), name) === hash;
}

function hashName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${hmac(salt, name)}`;
}

function hmac(salt: Buffer, name: string): string {
  return createHmac('sha1', salt).update(name).digest('base64');
}
