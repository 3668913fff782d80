/** HostKeyAlgorithms, KexAlgorithms, Ciphers and MACs of ssh_config, as far as ssh2 knows them. */
import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import { ArpoEnvError } from '../../errors.js';
import { pastedTunnel, type SshDestination } from './command-line.js';
import { matchesPatterns } from './patterns.js';
import type { SshSettings } from './settings.js';

/** Null leaves the choice and its order to ssh2, which puts the fastest ones of this machine first. */
export interface AllowedAlgorithms {
  hostKeys: ServerHostKeyAlgorithm[] | null;
  kex: KexAlgorithm[] | null;
  ciphers: CipherAlgorithm[] | null;
  macs: MacAlgorithm[] | null;
}

interface Possible<T> {
  /** What ssh2 offers by itself, in its own order, which it does not export. */
  offered: readonly T[];
  /** What it knows besides. */
  known: readonly T[];
}

/** In ssh2's own order. */
export const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];
const HOST_KEYS: Possible<ServerHostKeyAlgorithm> = { offered: HOST_KEY_ALGORITHMS, known: [] };

const KEX: Possible<KexAlgorithm> = {
  offered: [
    'curve25519-sha256@libssh.org',
    'curve25519-sha256',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
  ],
  known: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
};

const CIPHERS: Possible<CipherAlgorithm> = {
  offered: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
  ],
  known: ['aes128-cbc', 'aes192-cbc', 'aes256-cbc', '3des-cbc'],
};

const MACS: Possible<MacAlgorithm> = {
  offered: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  known: ['hmac-md5', 'hmac-sha1-96', 'hmac-md5-96'],
};

const ALL = { HostKeyAlgorithms: HOST_KEYS, KexAlgorithms: KEX, Ciphers: CIPHERS, MACs: MACS };

/** One that ssh2 would offer if ssh_config allowed it. */
export function knowsAlgorithm(keyword: keyof typeof ALL, name: string): boolean {
  const { offered, known } = ALL[keyword];
  return [...offered, ...known].some((one) => one === name);
}

/** Everything that ssh2 would offer, and whatever the system's ssh does. */
export const ALL_ALGORITHMS: ReturnType<typeof allowedAlgorithms> = {
  algorithms: { hostKeys: null, kex: null, ciphers: null, macs: null },
  unknown: [],
};

/** `unknown` names what was configured and ssh2 does not know: `Ciphers x`. Throws E_CONFIG when nothing is left to offer. */
export function allowedAlgorithms(
  destination: SshDestination,
  settings: SshSettings,
): { algorithms: AllowedAlgorithms; unknown: string[] } {
  const unknown: string[] = [];
  const allowed = <T extends string>(
    keyword: string,
    value: string | null,
    possible: Possible<T>,
  ): T[] | null => {
    if (value === null) return null;
    const listed = expandList(value.split(','), possible);
    // ssh's default has kinds that ssh2 does not know, such as certificates: no news to anybody.
    const usual = settings.defaultOf(keyword.toLowerCase())?.split(',') ?? [];
    const all = [...possible.offered, ...possible.known];
    const found = listed.flatMap((one) => all.filter((algorithm) => algorithm === one));
    if (found.length === 0) throw nothingLeft(destination, keyword, listed);
    const strangers = listed.filter((one) => !all.some((known) => known === one) && !usual.includes(one));
    unknown.push(...strangers.map((one) => `${keyword} ${one}`));
    return found;
  };
  return {
    algorithms: {
      // ssh's default too: it leaves SHA-1 out, which ssh2 would take.
      hostKeys: allowed('HostKeyAlgorithms', settings.one('hostkeyalgorithms') ?? null, HOST_KEYS),
      kex: allowed('KexAlgorithms', settings.own('kexalgorithms'), KEX),
      ciphers: allowed('Ciphers', settings.own('ciphers'), CIPHERS),
      macs: allowed('MACs', settings.own('macs'), MACS),
    },
    unknown,
  };
}

/** ssh_config(5): `+` appends to the default, `^` puts in front of it, `-` takes away. `ssh -G` has done that already. */
function expandList<T extends string>(listed: readonly string[], { offered }: Possible<T>): string[] {
  const [first = '', ...more] = listed;
  const named = [first.slice(1), ...more];
  switch (first[0]) {
    case '+':
      return [...offered, ...named];
    case '^':
      return [...named, ...offered.filter((one) => !named.includes(one))];
    case '-':
      return offered.filter((one) => !matchesPatterns(named, one));
    default:
      return [...listed];
  }
}

function nothingLeft(destination: SshDestination, keyword: string, listed: readonly string[]): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: `ssh_config allows ${destination.host} only ${keyword} that arpo-env's own SSH client does not know: ${listed.join(', ')}`,
    fix: `use the system's ssh: ${pastedTunnel(destination, ['--transport', 'openssh'])}`,
  });
}
