/**
 * Why client and server found no algorithm in common. ssh2 says for which purpose, not what the server would take: that stands in
 * the server's KEXINIT, its first packet, which is not encrypted yet (RFC 4253 §4.2, §6, §7.1).
 */
import type { Readable } from 'node:stream';
import { ArpoEnvError } from '../../errors.js';
import { hostAndPort } from '../../lib/addresses.js';
import { knowsAlgorithm } from '../host/algorithms.js';
import { pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import { RSA_SHA512 } from './rsa.js';

/** In the order of KEXINIT's lists, the two directions apart. */
const LISTS = [
  'KexAlgorithms',
  'HostKeyAlgorithms',
  'Ciphers',
  'Ciphers',
  'MACs',
  'MACs',
  'Compression',
] as const;
type Keyword = (typeof LISTS)[number];

/** In ssh2's words. */
const PURPOSES: readonly [words: RegExp, keyword: Keyword, name: string][] = [
  [/no matching key exchange/i, 'KexAlgorithms', 'key exchange algorithm'],
  [/no matching host key/i, 'HostKeyAlgorithms', 'host key algorithm'],
  [/no matching \S+ cipher/i, 'Ciphers', 'cipher'],
  [/no matching \S+ mac/i, 'MACs', 'MAC'],
  [/no matching \S+ compression/i, 'Compression', 'compression'],
];

const KEXINIT = 20;
const COOKIE_BYTES = 16;
const MOST_WORDS = 500;
/** RFC 4253 §6.1. */
const MOST_BYTES = 35_000;

export interface Proposal {
  /** What came before it, such as `Exceeded MaxStartups` or `Not allowed at this time` of one that then hangs up. */
  words: string;
  /** `SSH-2.0-OpenSSH_9.2p1`, or nothing until it has said so. */
  version: string;
  /** What the server takes, by keyword; empty until it has said so, and when it never does. */
  takes: ReadonlyMap<Keyword, readonly string[]>;
}

export const NOTHING_YET: Proposal = { words: '', version: '', takes: new Map() };

/**
 * True for a server that surely does. It says so itself in a message that ssh2 keeps (RFC 8308, server-sig-algs); OpenSSH does since
 * 7.2, and who has such a host key does too.
 */
export function knowsRsaSha512({ version, takes }: Proposal): boolean {
  const [, major, minor] = /-OpenSSH_(\d+)\.(\d+)/.exec(version) ?? [];
  return (
    takes.get('HostKeyAlgorithms')?.includes(RSA_SHA512) === true ||
    Number(major) * 100 + Number(minor) >= 702
  );
}

/** Listens until the server's first packet has come, after ssh2, which is listening. */
export function watchProposal(stream: Readable): () => Proposal {
  let received: Buffer = Buffer.alloc(0);
  let proposal: Proposal | null = null;
  const listen = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    proposal = readProposal(received);
    if (proposal !== null || received.length > MOST_BYTES) stream.off('data', listen);
  };
  stream.on('data', listen);
  return () => proposal ?? { ...NOTHING_YET, words: wordsIn(received) };
}

/** E_CONFIG when that is what `error` of ssh2's is about, else null. */
export function nothingInCommon(target: SshTarget, error: Error, proposal: Proposal): ArpoEnvError | null {
  const [, keyword, name] = PURPOSES.find(([words]) => words.test(error.message)) ?? [];
  if (keyword === undefined) return null;
  const offered = proposal.takes.get(keyword) ?? [];
  const forbidden =
    keyword === 'Compression' ? undefined : offered.find((one) => knowsAlgorithm(keyword, one));
  return new ArpoEnvError(
    {
      code: 'E_CONFIG',
      message: `${hostAndPort(target.host, target.port)} and arpo-env's own SSH client have no ${name} in common${offered.length === 0 ? '' : `: the server takes only ${offered.join(', ')}`}`,
      fix:
        forbidden === undefined
          ? `use the system's ssh: ${pastedTunnel(target.destination, ['--transport', 'openssh'])}`
          : `allow one of these for this host in ssh_config: ${keyword} +${forbidden}`,
    },
    { cause: error },
  );
}

/** Of one that has not said its version. */
function wordsIn(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, MOST_WORDS);
  return text.startsWith('SSH-') ? '' : text.replace(/\s+/g, ' ').trim();
}

/** Null while it is not whole. Lines may come before the one that names the protocol (§4.2). */
function readProposal(bytes: Buffer): Proposal | null {
  const [greeting, words = '', version = ''] =
    /^((?:(?!SSH-)[^\n]*\n)*)(SSH-[^\n]*)\n/.exec(bytes.toString('latin1')) ?? [];
  if (greeting === undefined) return null;
  const packet = bytes.subarray(greeting.length);
  if (packet.length < 4 || packet.length < 4 + packet.readUInt32BE(0)) return null;
  if (packet[5] !== KEXINIT) return { words, version, takes: new Map() };
  const found = new Map<Keyword, string[]>();
  let offset = 6 + COOKIE_BYTES;
  for (const keyword of LISTS) {
    if (offset + 4 > packet.length) break; // malformed: ssh2 says so
    const end = offset + 4 + packet.readUInt32BE(offset);
    const names = packet.toString('latin1', offset + 4, end).split(',');
    const fresh = names.filter((one) => isAlgorithm(one) && !found.get(keyword)?.includes(one));
    found.set(keyword, [...(found.get(keyword) ?? []), ...fresh]);
    offset = end;
  }
  return { words, version, takes: found };
}

/** The server's own signs among its key exchange algorithms are none, nor is what RFC 4251 §6 allows no name to be. */
function isAlgorithm(name: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(name) && !/^(ext-info-s|kex-strict-s-v00@openssh\.com)$/.test(name);
}
