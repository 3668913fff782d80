/** HostKeyAlgorithms and Ciphers of ssh_config, as far as ssh2 knows them. */
import type { CipherAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import { ArpoEnvError } from '../errors.js';
import type { SshSettings } from './ssh-settings.js';

/** Null leaves the choice and its order to ssh2. */
export interface AllowedAlgorithms {
  hostKeys: ServerHostKeyAlgorithm[] | null;
  ciphers: CipherAlgorithm[] | null;
}

/** In ssh2's own order, which it does not export. */
export const HOST_KEY_ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** Those of OpenSSH's default; then ssh2's order holds, which puts the fastest ones of this machine first. */
const DEFAULT_CIPHERS: readonly CipherAlgorithm[] = [
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
];
const CIPHERS: readonly CipherAlgorithm[] = [
  ...DEFAULT_CIPHERS,
  'aes128-cbc',
  'aes192-cbc',
  'aes256-cbc',
  '3des-cbc',
];

/** Everything that ssh2 would offer, and whatever the system's ssh does. */
export const ALL_ALGORITHMS: ReturnType<typeof allowedAlgorithms> = {
  algorithms: { hostKeys: null, ciphers: null },
  unknown: [],
};

/** `unknown` says what ssh2 does not know of the ciphers. Throws E_CONFIG when nothing is left to offer. */
export function allowedAlgorithms(
  name: string,
  settings: SshSettings,
): { algorithms: AllowedAlgorithms; unknown: string[] } {
  const hostKeys = known(name, 'HostKeyAlgorithms', settings.list('hostkeyalgorithms'), HOST_KEY_ALGORITHMS);
  const listed = settings.list('ciphers');
  const ciphers = known(name, 'Ciphers', listed, CIPHERS);
  const isDefault =
    ciphers?.length === DEFAULT_CIPHERS.length && DEFAULT_CIPHERS.every((one) => ciphers.includes(one));
  // Of host keys ssh's own default has kinds (certificates, FIDO) that ssh2 does not know: no news to anybody.
  const strangers = listed?.filter((one) => !CIPHERS.some((cipher) => cipher === one)) ?? [];
  return {
    algorithms: { hostKeys, ciphers: isDefault ? null : ciphers },
    unknown: strangers.map((one) => `Ciphers ${one} (arpo-env's own SSH client does not know it)`),
  };
}

function known<T extends string>(
  name: string,
  keyword: string,
  listed: string[] | null,
  possible: readonly T[],
): T[] | null {
  if (listed === null) return null;
  const found = listed.flatMap((one) => possible.filter((algorithm) => algorithm === one));
  if (found.length > 0) return found;
  throw new ArpoEnvError({
    code: 'E_CONFIG',
    message: `ssh_config allows ${name} only ${keyword} that arpo-env's own SSH client does not know: ${listed.join(', ')}`,
    hint: `use the system's ssh: arpo-env tunnel ${name} --transport openssh`,
  });
}
