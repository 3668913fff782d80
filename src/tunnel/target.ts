/** Whom to connect to, and how: everything that the user's own `ssh` would do with a host, from `ssh -G`. */
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';

export interface TargetOptions {
  /** An alias of ssh_config, `host`, `user@host` or `user@host:port`. */
  host: string;
  /** Wins over the one in `host` and in ssh_config. */
  user?: string;
  /** Wins over the one in `host` and in ssh_config. */
  port?: number;
  /** Private keys to offer first; each must exist, be readable by its owner only and need no passphrase. */
  identityFiles?: readonly string[];
  /** `ssh -F`: another ssh_config, or `none` for no config at all. Default: the user's and the system's. */
  configFile?: string;
  /** The only known_hosts file to trust. Default: those of ssh_config. */
  knownHostsFile?: string;
  /** Trust and save the key of a host that no known_hosts file names. Default: what ssh_config says, else false. */
  acceptNew?: boolean;
}

export interface IdentityFile {
  path: string;
  /** Asked for by name on our side: its absence or a bad mode is an error, not a reason to try the next key. */
  required: boolean;
}

export interface SshTarget {
  /** As the user wrote it, for messages. */
  name: string;
  host: string;
  port: number;
  user: string;
  identityFiles: IdentityFile[];
  /** Offer only agent keys that are among `identityFiles`. */
  identitiesOnly: boolean;
  /** The agent's socket, or null for no agent. */
  agentSocket: string | null;
  /** The first one is where a new key is saved. */
  knownHostsFiles: string[];
  hashKnownHosts: boolean;
  hostKeyAlias: string | null;
  acceptNew: boolean;
  connectTimeoutMs: number;
}

const SSH_G_TIMEOUT_MS = 10_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

/** Throws E_USAGE for a host that cannot be one and E_CONFIG when ssh_config cannot be used. */
export async function resolveTarget(options: TargetOptions, signal: AbortSignal): Promise<SshTarget> {
  const address = parseAddress(options.host);
  const wanted = {
    host: address.host,
    user: options.user ?? address.user,
    port: options.port ?? address.port,
  };
  const settings =
    options.configFile === 'none' ? new SshSettings('') : await readSettings(options, wanted, signal);
  refuseProxy(options.host, settings);
  const host = settings.one('hostname') ?? wanted.host;
  const user = wanted.user ?? settings.one('user') ?? localUser();
  const files = settings.all('identityfile').filter((file) => file !== 'none');
  return {
    name: options.host,
    host,
    port: wanted.port ?? settings.number('port') ?? 22,
    user,
    identityFiles: [
      ...(options.identityFiles ?? []).map((path) => ({ path: expandHome(path), required: true })),
      ...(files.length > 0 ? files : DEFAULT_IDENTITIES).map((path) => ({
        path: expandHome(expandTokens(path, { h: host, r: user })),
        required: false,
      })),
    ],
    identitiesOnly: settings.one('identitiesonly') === 'yes',
    agentSocket: agentSocket(settings.all('identityagent')[0]),
    knownHostsFiles: options.knownHostsFile
      ? [expandHome(options.knownHostsFile)]
      : knownHostsFiles(settings),
    hashKnownHosts: settings.one('hashknownhosts') === 'yes',
    hostKeyAlias: settings.one('hostkeyalias') ?? null,
    acceptNew: options.acceptNew ?? acceptsNew(settings.one('stricthostkeychecking')),
    connectTimeoutMs: (settings.number('connecttimeout') ?? 0) * 1000 || DEFAULT_CONNECT_TIMEOUT_MS,
  };
}

/** `user@host:port`, `user@[2001:db8::1]:port`; a bare IPv6 address has no port. */
export function parseAddress(text: string): { host: string; user?: string; port?: number } {
  const match =
    /^(?:(?<user>[^@\s]+)@)?(?:\[(?<v6>[^\]\s]+)\]|(?<host>[^:@\s[\]]+|[^@\s[\]]*:[^@\s[\]]*:[^@\s[\]]*))(?::(?<port>\d+))?$/.exec(
      text,
    );
  const { user, v6, host = v6, port } = match?.groups ?? {};
  const number = port === undefined ? undefined : Number(port);
  if (
    !host ||
    text.startsWith('-') ||
    host.startsWith('-') ||
    (number !== undefined && (number < 1 || number > 65_535))
  ) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `\`${text}\` is not an SSH host`,
      hint: 'give an alias of ~/.ssh/config or user@host[:port], for example: arpo-env tunnel user@cluster.example:22',
    });
  }
  return { host, ...(user === undefined ? {} : { user }), ...(number === undefined ? {} : { port: number }) };
}

/** The `keyword value` lines of `ssh -G`; keywords in lower case, `none` and the like as ssh prints them. */
class SshSettings {
  private readonly values = new Map<string, string[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [keyword = '', ...rest] = line.trim().split(' ');
      const value = rest.join(' ');
      if (keyword && value) this.values.set(keyword, [...(this.values.get(keyword) ?? []), value]);
    }
  }

  all(keyword: string): string[] {
    return this.values.get(keyword) ?? [];
  }

  one(keyword: string): string | undefined {
    return this.all(keyword).find((value) => value !== 'none');
  }

  number(keyword: string): number | undefined {
    const value = Number(this.one(keyword));
    return Number.isFinite(value) ? value : undefined;
  }
}

async function readSettings(
  options: TargetOptions,
  wanted: { host: string; user?: string | undefined; port?: number | undefined },
  signal: AbortSignal,
): Promise<SshSettings> {
  const args = ['-G'];
  if (options.configFile) args.push('-F', expandHome(options.configFile));
  if (wanted.user) args.push('-l', wanted.user);
  if (wanted.port) args.push('-p', String(wanted.port));
  const result = await execa('ssh', [...args, '--', wanted.host], {
    cancelSignal: signal,
    timeout: SSH_G_TIMEOUT_MS,
    stdin: 'ignore',
    reject: false,
  });
  signal.throwIfAborted();
  if (result.failed && result.code === 'ENOENT') return settingsWithoutSsh(options);
  if (result.failed) {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `ssh cannot make sense of \`${options.host}\`: ${result.stderr.trim() || result.shortMessage}`,
      hint: `mend the line that it names, then check with: ssh -G ${wanted.host}`,
    });
  }
  return new SshSettings(result.stdout);
}

/** Without an ssh binary a literal host can be used; a config that we would have to ignore silently cannot. */
function settingsWithoutSsh(options: TargetOptions): SshSettings {
  const file = options.configFile ?? join(homedir(), '.ssh', 'config');
  if (!existsSync(expandHome(file))) return new SshSettings('');
  throw new ArpoEnvError({
    code: 'E_CONFIG',
    message: `${file} cannot be read for \`${options.host}\`: there is no ssh program in PATH`,
    hint: 'install it (`sudo apt-get install openssh-client`), or say `--ssh-config none` to connect without that file',
  });
}

function refuseProxy(name: string, settings: SshSettings): void {
  for (const keyword of ['ProxyJump', 'ProxyCommand']) {
    const value = settings.one(keyword.toLowerCase());
    if (value === undefined) continue;
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `${name} is reached through ${keyword} ${value}, which arpo-env's own SSH client does not do`,
      hint: `use the system's ssh for this host: ssh -N -R 127.0.0.1:15001:127.0.0.1:18082 ${name}`,
    });
  }
}

/** ssh's rules: SSH_AUTH_SOCK unless IdentityAgent names a socket, a `$VARIABLE` or `none` (ssh_config(5)). */
function agentSocket(identityAgent: string | undefined): string | null {
  const value =
    identityAgent === undefined || identityAgent === 'SSH_AUTH_SOCK' ? '$SSH_AUTH_SOCK' : identityAgent;
  if (value === 'none') return null;
  const socket = value.startsWith('$') ? process.env[value.slice(1)] : expandHome(value);
  return socket || null;
}

function knownHostsFiles(settings: SshSettings): string[] {
  const user = settings.all('userknownhostsfile').flatMap((value) => value.split(' '));
  const global = settings.all('globalknownhostsfile').flatMap((value) => value.split(' '));
  const files =
    user.length + global.length > 0
      ? [...user, ...global]
      : ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'];
  return files.filter((file) => file !== 'none').map(expandHome);
}

/** ssh's `no` would also take a changed key; ours never does, so it means `accept-new`. */
function acceptsNew(strictHostKeyChecking: string | undefined): boolean {
  return ['accept-new', 'no', 'off', 'false'].includes(strictHostKeyChecking ?? '');
}

/** The tokens that IdentityFile may hold; `ssh -G` prints them as they stand (ssh_config(5), TOKENS). */
function expandTokens(path: string, remote: { h: string; r: string }): string {
  return path.replace(/%([%dhru])/g, (token, letter: string) => {
    if (letter === 'd') return homedir();
    if (letter === 'u') return localUser();
    if (letter === '%') return '%';
    return letter === 'h' ? remote.h : letter === 'r' ? remote.r : token;
  });
}

function localUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new ArpoEnvError(
      {
        code: 'E_USAGE',
        message: 'this process has no user name to log in with',
        hint: 'name one: user@host, or --user',
      },
      { cause: error },
    );
  }
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
