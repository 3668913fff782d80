/** What the system's ssh says on stderr, as the errors that our own client has for the same. */
import { ArpoEnvError, type ErrorCode } from '../../errors.js';
import { singleQuoted } from '../../shell-words.js';
import type { SshTarget } from '../host/target.js';
import { knownName } from '../login/known-hosts.js';

const KINDS: readonly { words: RegExp; code: ErrorCode }[] = [
  { words: /UNPROTECTED PRIVATE KEY FILE/, code: 'E_TUNNEL_KEY_FILE' },
  {
    words: /HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known|REVOKED/,
    code: 'E_TUNNEL_HOST_KEY',
  },
  {
    words: /Permission denied|Too many authentication failures|No more authentication methods/,
    code: 'E_TUNNEL_AUTH',
  },
  {
    words:
      /Bad configuration|Bad owner or permissions|terminating, \d+ bad|unknown option|Unsupported option/,
    code: 'E_CONFIG',
  },
];

/** `log` is all that it said, its `debug1:` lines among it, up to its end before it was logged in. */
export function opensshError(target: SshTarget, command: string, log: readonly string[]): ArpoEnvError {
  const said = log.filter((line) => !/^(debug\d|OpenSSH_|Authenticated to)/.test(line) && line.trim() !== '');
  const all = said.join('\n');
  const { code = 'E_TUNNEL_HOST' } = KINDS.find(({ words }) => words.test(all)) ?? {};
  const words = said
    .filter((line) => !/^[@\s]*$/.test(line))
    .join(' ')
    .replace(/^ssh: /, '');
  return new ArpoEnvError({
    code,
    message: `ssh: ${words || 'it ended without a word'}${account(code, log)}`,
    fix: fix(code, target, all, command),
  });
}

function account(code: ErrorCode, log: readonly string[]): string {
  if (code !== 'E_TUNNEL_AUTH') return '';
  const offered = log.flatMap((line) => /^debug1: Offering public key: (\S+)/.exec(line)?.[1] ?? []);
  return offered.length === 0
    ? ' (there was no key to offer)'
    : ` (${offered.map((key) => `offered ${key}: refused`).join('; ')})`;
}

function fix(code: ErrorCode, target: SshTarget, said: string, command: string): string {
  const { name, user, host, port } = target;
  switch (code) {
    case 'E_TUNNEL_KEY_FILE': {
      const file = /Permissions \d+ for '([^']+)'/.exec(said)?.[1];
      return file === undefined ? 'chmod 600 the key file' : `chmod 600 ${singleQuoted(file)}`;
    }
    case 'E_TUNNEL_HOST_KEY': {
      const [, file = '', line = ''] = /Offending \S+ key in (\S+):(\d+)/.exec(said) ?? [];
      return file === ''
        ? `compare the fingerprint with the administrator's; then connect once by hand to save it: ssh ${name} — or pass --accept-new`
        : `connect only if the administrator confirms the new fingerprint; then forget the old key in ${file}:${line}: ssh-keygen -R ${singleQuoted(knownName(target))} -f ${singleQuoted(file)}`;
    }
    case 'E_TUNNEL_AUTH':
      return `install your key there: ssh-copy-id -p ${port} ${user}@${host} — or name the right one with --identity`;
    case 'E_CONFIG':
      return `fix the line that it names, then check with: ssh -G ${name}`;
    default:
      return `check network, VPN and firewall; see more with: ${command}`;
  }
}
