/** What the system's ssh says on stderr, as the errors that our own client has for the same. */
import { ArpoEnvError, type ErrorCode } from '../../errors.js';
import { singleQuoted } from '../../shell-words.js';
import { pastedCopyId, pastedSsh, pastedSshG } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import { publicHalfFix } from '../login/key-file.js';
import { knownName } from '../login/known-hosts.js';
import { codeOf, stageOf } from './failure-stage.js';

/** `log` is all that it said, its `debug1:` lines among it, up to its end before it was logged in. */
export function opensshError(target: SshTarget, command: string, log: readonly string[]): ArpoEnvError {
  const said = log.filter((line) => !/^(debug\d|OpenSSH_|Authenticated to)/.test(line) && line.trim() !== '');
  const all = said.join('\n');
  const code = codeOf(stageOf(all));
  const words = said
    .filter((line) => !/^[@\s]*$/.test(line))
    .join(' ')
    .replace(/^ssh: /, '');
  return new ArpoEnvError({
    code,
    message: `ssh: ${words || 'it ended without a message'}${account(code, log)}`,
    fix: fix(code, target, all, command),
  });
}

function account(code: ErrorCode, log: readonly string[]): string {
  if (code !== 'E_SSH_AUTH') return '';
  const offered = log.flatMap((line) => /^debug1: Offering public key: (\S+)/.exec(line)?.[1] ?? []);
  return offered.length === 0
    ? ' (there was no key to offer)'
    : ` (${offered.map((key) => `offered ${key}: refused`).join('; ')})`;
}

/** By ssh's words for them (kex.c). */
const KEYWORDS: Readonly<Record<string, string>> = {
  'key exchange method': 'KexAlgorithms',
  'host key type': 'HostKeyAlgorithms',
  cipher: 'Ciphers',
  MAC: 'MACs',
  'compression method': 'Compression',
};

function fix(code: ErrorCode, target: SshTarget, said: string, command: string): string {
  const { destination } = target;
  switch (code) {
    case 'E_SSH_KEY_FILE': {
      const file = /Permissions \d+ for '([^']+)'/.exec(said)?.[1];
      if (file === undefined) return 'chmod 600 the key file';
      return file.endsWith('.pub') ? publicHalfFix(file) : `chmod 600 ${singleQuoted(file)}`;
    }
    case 'E_SSH_HOST_KEY': {
      const [, file = '', line = ''] = /Offending \S+ key in (\S+):(\d+)/.exec(said) ?? [];
      return file === ''
        ? `compare the fingerprint with the administrator's; then connect once by hand to save it: ${pastedSsh(destination)} — or pass --accept-new`
        : `connect only if the administrator confirms the new fingerprint; then forget the old key in ${file}:${line}: ssh-keygen -R ${singleQuoted(knownName(target))} -f ${singleQuoted(file)}`;
    }
    case 'E_SSH_AUTH':
      return `install your key there: ${pastedCopyId(target)} — or name the right one with --identity`;
    case 'E_CONFIG': {
      const [, kind, offer] = /no matching (.+) found\. Their offer: ([^,\s]+)/.exec(said) ?? [];
      if (kind !== undefined)
        return `allow one of these for this host in ssh_config: ${KEYWORDS[kind] ?? kind} +${offer}`;
      return `fix the line that it names, then check with: ${pastedSshG(destination)}`;
    }
    default:
      return `check network, VPN and firewall; see more with: ${command}`;
  }
}
