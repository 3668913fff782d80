/** What the system's ssh says on stderr, as the errors that our own client has for the same. */
import { ArpoEnvError, type ErrorCode } from '../../errors.js';
import { singleQuoted } from '../../shell-words.js';
import { pastedCopyId, pastedSsh, pastedSshG, pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import { publicHalfFix } from '../login/key-file.js';
import { knownName } from '../login/known-hosts.js';
import { codeOf, stageOf } from './failure-stage.js';

/**
 * `log` is all that it said, its `debug1:` lines among it, up to its end before it was logged in. `wasSlow`: the login was not
 * answered for longer than a network takes.
 */
export function opensshError(
  target: SshTarget,
  command: string,
  log: readonly string[],
  wasSlow = false,
): ArpoEnvError {
  const said = log.filter((line) => !/^(debug\d|OpenSSH_|Authenticated to)/.test(line) && line.trim() !== '');
  const all = said.join('\n');
  const stage = codeOf(stageOf(all));
  const code = wasSlow && stage === 'E_SSH_HOST' ? 'E_SSH_AUTH' : stage;
  const words = [...said.filter((line) => !/^[@\s]*$/.test(line)), ...wordsBefore(log)]
    .join(' ')
    .replace(/^ssh: /, '');
  return new ArpoEnvError({
    code,
    message: `ssh: ${words || 'it ended without a message'}${account(code, log)}`,
    fix: fix(code, target, all, command),
  });
}

/** What the server says instead of its version, which ssh itself shows to nobody but who debugs it (kex.c). */
function wordsBefore(log: readonly string[]): string[] {
  const lines = log.flatMap(
    (line) => /kex_exchange_identification: banner line \d+: (.*)$/.exec(line)?.[1] ?? [],
  );
  return lines.length === 0 ? [] : [`(it says: ${lines.join(' ')})`];
}

function account(code: ErrorCode, log: readonly string[]): string {
  if (code !== 'E_SSH_AUTH') return '';
  const offered: { key: string; outcome: string }[] = [];
  for (const line of log) {
    const [, key] = /^debug1: Offering public key: (\S+)/.exec(line) ?? [];
    if (key !== undefined) offered.push({ key, outcome: 'refused' });
    const last = offered.at(-1);
    if (last && /^Authenticated using "publickey" with partial/.test(line))
      last.outcome = 'accepted, but not enough';
  }
  return offered.length === 0
    ? ' (there was no key to offer)'
    : ` (${offered.map(({ key, outcome }) => `offered ${key}: ${outcome}`).join('; ')})`;
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
      // ssh takes ServerAliveInterval and ServerAliveCountMax for a limit of each answer to the login too.
      if (/^Connection to .* timed out/m.test(said))
        return `a login may take three keepalives: ${pastedTunnel(destination, ['--transport', 'openssh', '--keepalive', '45s'])}`;
      if (/partial success|Permission denied \((?!.*publickey)/.test(said))
        return `answer at a terminal (${pastedTunnel(destination)}, without --detach), or ask its administrator to accept public keys alone`;
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
