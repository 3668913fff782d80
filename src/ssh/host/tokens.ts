/** `%h` and `${VAR}` in the values of ssh_config (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES). */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { ArpoEnvError } from '../../errors.js';
import { pastedSshG, type SshDestination } from './command-line.js';

/** Of the machine from which the connection is made. */
export interface LocalUser {
  name: string;
  home: string;
}

/** Each `%x` and `${VAR}` for what it stands for; `onUnknown` says what becomes of one that stands for nothing. */
export function expandTokens(
  text: string,
  tokens: Readonly<Record<string, string>>,
  onUnknown: (token: string) => string,
): string {
  return text.replace(/%(.?)|\$\{([^}]*)\}/g, (token, letter?: string, variable?: string) => {
    const value = letter === undefined ? process.env[variable ?? ''] : letter === '%' ? '%' : tokens[letter];
    return value ?? onUnknown(token);
  });
}

interface Destination {
  alias: string;
  host: string;
  port: number;
  user: string;
  hostKeyAlias: string | null;
  /** ProxyJump's hops, or nothing. */
  jump: string;
}

/** What each letter stands for. */
export function tokensOf(
  { alias, host, port, user, hostKeyAlias, jump }: Destination,
  local: LocalUser,
): Record<string, string> {
  const machine = hostname();
  return {
    C: createHash('sha1').update(`${machine}${host}${port}${user}${jump}`).digest('hex'),
    d: local.home,
    h: host,
    i: String(process.getuid?.() ?? ''),
    j: jump,
    k: hostKeyAlias ?? alias,
    L: machine.split('.', 1)[0] ?? '',
    l: machine,
    n: alias,
    p: String(port),
    r: user,
    u: local.name,
  };
}

export function notExpanded(destination: SshDestination, line: string, token: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message: token.startsWith('$')
      ? `ssh_config has ${line}, and the environment variable of ${token} is not set`
      : `ssh_config has ${line}, and ${token} stands for nothing`,
    fix: `fix that line, or set the variable; see all of them: ${pastedSshG(destination)}`,
  });
}
