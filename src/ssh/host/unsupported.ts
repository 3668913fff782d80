/** What ssh_config asks for and arpo-env's own SSH client does not support: told where it may matter, refused where it guards. */
import { ArpoEnvError } from '../../errors.js';
import { pastedTunnel, type SshDestination } from './command-line.js';
import type { SshSettings } from './settings.js';

/** Such as change who is let in, whom we trust or how the bytes travel; what concerns terminals and ssh's own forwards is not. */
const MAY_MATTER = [
  'BindInterface',
  'Compression',
  'GSSAPIKeyExchange',
  'HostbasedAuthentication',
  'IPQoS',
  'KnownHostsCommand',
  'PKCS11Provider',
  'RekeyLimit',
  'SecurityKeyProvider',
  'VerifyHostKeyDNS',
];

/** Without these the connection would be less safe than the config wants it, or could not come about. */
const MUST_BE_DONE = ['ProxyUseFdpass', 'RevokedHostKeys'];

/** `GSSAPIKeyExchange yes` and the like, when they differ from ssh's defaults. Throws E_CONFIG for what cannot be left out. */
export function unsupported(destination: SshDestination, settings: SshSettings): string[] {
  for (const keyword of MUST_BE_DONE) {
    if (isSet(settings, keyword)) throw cannotDo(destination, keyword);
  }
  return MAY_MATTER.filter((keyword) => isSet(settings, keyword)).map(
    (keyword) => `${keyword} ${settings.own(keyword.toLowerCase())}`,
  );
}

/** One line for all of them, or none. */
export function ignoredLines(words: readonly string[]): string[] {
  if (words.length === 0) return [];
  return [`${words.join(', ')} (arpo-env's own SSH client does not support that; --transport openssh does)`];
}

function isSet(settings: SshSettings, keyword: string): boolean {
  const value = settings.own(keyword.toLowerCase());
  return value !== null && value !== 'no' && value !== 'false';
}

function cannotDo(destination: SshDestination, keyword: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: `ssh_config has ${keyword} for ${destination.host}, which arpo-env's own SSH client does not support`,
    fix: `use the system's ssh: ${pastedTunnel(destination, ['--transport', 'openssh'])}`,
  });
}
