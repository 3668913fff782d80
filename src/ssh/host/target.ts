/** Whom to connect to, and how: everything that the user's own `ssh` would do with a host. */
import { userInfo } from 'node:os';
import { ArpoEnvError } from '../../errors.js';
import type { Person } from '../person.js';
import { ALL_ALGORITHMS, type AllowedAlgorithms, allowedAlgorithms } from './algorithms.js';
import { addressOf, type SshDestination } from './command-line.js';
import { accountHome, expandHome, splitPaths } from './paths.js';
import { readSettings, type SshSettings } from './settings.js';
import { expandTokens, type LocalUser, notExpanded, tokensOf } from './tokens.js';
import { ignoredLines, unsupported } from './unsupported.js';

export interface TargetOptions extends SshDestination {
  /** The only known_hosts file to trust. Default: those of ssh_config. */
  knownHostsFile?: string | undefined;
  /** Trust and save the key of a host that no known_hosts file names. Default: what ssh_config says, else false. */
  acceptNew?: boolean | undefined;
  /** The SSH client: ours, or the system's `ssh`. Default `ssh2`, ours. */
  transport?: 'ssh2' | 'openssh' | undefined;
  /** Who may be asked for passphrases, passwords and the like. Default: nobody. */
  person?: Person | undefined;
}

export interface IdentityFile {
  path: string;
  /** Asked for by name on our side: its absence or a bad mode is an error, not a reason to try the next key. */
  required: boolean;
}

/** In ssh's own order (ssh_config(5), PreferredAuthentications). */
export const LOGIN_METHODS = ['publickey', 'keyboard-interactive', 'password'] as const;
export type LoginMethod = (typeof LOGIN_METHODS)[number];

/** What to do with the key of a host that no known_hosts file names. */
export type NewHostKeys = 'refuse' | 'ask' | 'accept';

export interface SshTarget {
  /** As the user wrote it, for messages. */
  name: string;
  /** What of it was said and not read in ssh_config: for commands that a person pastes. */
  destination: SshDestination;
  /** The name to look up in ssh_config: `name` without user and port. */
  alias: string;
  host: string;
  port: number;
  user: string;
  identityFiles: IdentityFile[];
  /** Offer only agent keys that are among `identityFiles`. */
  identitiesOnly: boolean;
  /** Certificates for the identities; ours cannot offer them, and says so. */
  certificateFiles: string[];
  /** The agent's socket, or null for no agent. */
  agentSocket: string | null;
  /** Ways to log in that ssh_config has not turned off, the preferred one first. */
  methods: LoginMethod[];
  /** Signature algorithms that a key of ours may have one of, or null for all. */
  acceptedKeys: string[] | null;
  /** Bits that an RSA key of the host must have at least; 0 for any. */
  requiredRsaBits: number;
  /** How often a password or a set of prompts is asked for; 0 with BatchMode. */
  prompts: number;
  knownHostsFiles: string[];
  /** Where a new key is saved, or null for nowhere. */
  newHostKeysFile: string | null;
  hashKnownHosts: boolean;
  hostKeyAlias: string | null;
  newHostKeys: NewHostKeys;
  algorithms: AllowedAlgorithms;
  /** How to get there, when not by a TCP connection of our own. */
  proxy: { kind: 'jump'; hops: string } | { kind: 'command'; command: string } | null;
  /** IP version to use, or null for whatever answers. */
  family: 4 | 6 | null;
  /** Local address to connect from, or null. */
  bindAddress: string | null;
  connectTimeoutMs: number;
  /** Whether ssh_config says so. */
  connectTimeoutIsSet: boolean;
  /** Whatever key a host on loopback shows is right. */
  trustsLoopback: boolean;
  /** Milliseconds of silence that ssh_config allows (ServerAliveInterval × ServerAliveCountMax), or null. */
  silenceMs: number | null;
  /** Whether the system's ssh would go to the background after the login (ForkAfterAuthentication). */
  forks: boolean;
  /** What of ssh_config could not be taken over, one line each. */
  ignored: readonly string[];
}

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_PROMPTS = 3;
const DEFAULT_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

/** Throws E_USAGE for a host that cannot be one, E_CONFIG when ssh_config cannot be used, and E_SSH_HOST when that takes a network. */
export async function resolveTarget(options: TargetOptions, signal: AbortSignal): Promise<SshTarget> {
  return targetOf(options, await readSettings(options, signal), { name: localUser(), home: accountHome() });
}

/** What is said in `options` and `settings` together. Throws as resolveTarget does. */
export function targetOf(options: TargetOptions, settings: SshSettings, local: LocalUser): SshTarget {
  const { host: alias, user, port } = addressOf(options);
  const { jump, configFile } = options;
  const asItStands = (token: string) => token;
  const host = expandTokens(settings.one('hostname') ?? alias, { h: alias }, asItStands);
  const login = user ?? settings.one('user') ?? local.name;
  const sshPort = port ?? settings.number('port') ?? 22;
  const proxy = findProxy(options, settings);
  const place = {
    alias,
    host,
    port: sshPort,
    user: login,
    hostKeyAlias: settings.one('hostkeyalias') ?? null,
  };
  const tokens = tokensOf({ ...place, jump: proxy?.kind === 'jump' ? proxy.hops : '' }, local);
  // Of these ssh -G has done the work already, and what is left is meant as it stands.
  const path = (text: string) => expandHome(expandTokens(text, tokens, asItStands), local.home);
  const keyPath = (keyword: string) => (text: string) =>
    expandHome(
      expandTokens(text, tokens, (token) => {
        throw notExpanded(options, `${keyword} ${text}`, token);
      }),
      local.home,
    );
  const own = options.transport !== 'openssh';
  const { algorithms, unknown } = own ? allowedAlgorithms(options, settings) : ALL_ALGORITHMS;
  return {
    name: options.host,
    destination: { host: options.host, user: options.user, port: options.port, jump, configFile },
    ...place,
    identityFiles: [
      ...(options.identityFiles ?? []).map((file) => ({
        path: expandHome(file, local.home),
        required: true,
      })),
      ...identityFiles(settings).map((file) => ({ path: keyPath('IdentityFile')(file), required: false })),
    ],
    identitiesOnly: settings.flag('identitiesonly') ?? false,
    certificateFiles: named(settings.all('certificatefile')).map(keyPath('CertificateFile')),
    agentSocket: agentSocket(settings.all('identityagent')[0], path),
    methods: loginMethods(settings),
    acceptedKeys: settings.own('pubkeyacceptedalgorithms')?.split(',') ?? null,
    requiredRsaBits: settings.number('requiredrsasize') ?? 0,
    prompts: settings.flag('batchmode') ? 0 : (settings.number('numberofpasswordprompts') ?? DEFAULT_PROMPTS),
    knownHostsFiles: options.knownHostsFile
      ? [expandHome(options.knownHostsFile, local.home)]
      : knownHostsFiles(settings).map(path),
    newHostKeysFile: options.knownHostsFile
      ? expandHome(options.knownHostsFile, local.home)
      : (userKnownHostsFiles(settings).map(path)[0] ?? null),
    hashKnownHosts: settings.flag('hashknownhosts') ?? false,
    newHostKeys: options.acceptNew ? 'accept' : newHostKeys(settings.one('stricthostkeychecking')),
    algorithms,
    proxy,
    family: { inet: 4 as const, inet6: 6 as const }[settings.one('addressfamily') ?? ''] ?? null,
    bindAddress: settings.one('bindaddress') ?? null,
    connectTimeoutIsSet: (settings.number('connecttimeout') ?? 0) > 0,
    trustsLoopback: settings.flag('nohostauthenticationforlocalhost') ?? false,
    connectTimeoutMs: (settings.number('connecttimeout') ?? 0) * 1000 || DEFAULT_CONNECT_TIMEOUT_MS,
    silenceMs: silence(settings),
    forks: settings.flag('forkafterauthentication') ?? false,
    ignored: own
      ? [...settings.ignored, ...ignoredLines([...unknown, ...unsupported(options, settings)])]
      : [],
  };
}

function identityFiles(settings: SshSettings): string[] {
  const files = settings.all('identityfile');
  return files.length > 0 ? named(files) : DEFAULT_IDENTITIES;
}

function loginMethods(settings: SshSettings): LoginMethod[] {
  const preferred: readonly string[] = settings.one('preferredauthentications')?.split(',') ?? LOGIN_METHODS;
  const off = {
    publickey: settings.one('pubkeyauthentication') === 'no',
    'keyboard-interactive': settings.flag('kbdinteractiveauthentication') === false,
    password: settings.flag('passwordauthentication') === false,
  };
  return preferred.flatMap((name) => LOGIN_METHODS.filter((method) => method === name && !off[method]));
}

/** ssh's rules: SSH_AUTH_SOCK unless IdentityAgent names a socket, a `$VARIABLE` or `none` (ssh_config(5)). */
function agentSocket(identityAgent: string | undefined, path: (text: string) => string): string | null {
  const value =
    identityAgent === undefined || identityAgent === 'SSH_AUTH_SOCK' ? '$SSH_AUTH_SOCK' : identityAgent;
  if (value === 'none') return null;
  const [, variable] = /^\$(\w+)$/.exec(value) ?? [];
  const socket = variable === undefined ? path(value) : process.env[variable];
  return socket || null;
}

function knownHostsFiles(settings: SshSettings): string[] {
  const all = settings.all('globalknownhostsfile');
  const system = all.length > 0 ? named(all.flatMap(splitPaths)) : ['/etc/ssh/ssh_known_hosts'];
  return [...userKnownHostsFiles(settings), ...system];
}

function userKnownHostsFiles(settings: SshSettings): string[] {
  const all = settings.all('userknownhostsfile');
  return all.length > 0 ? named(all.flatMap(splitPaths)) : ['~/.ssh/known_hosts'];
}

/** ssh's `no` would also take a changed key; ours never does, so it means `accept-new`. */
function newHostKeys(strictHostKeyChecking: string | undefined): NewHostKeys {
  switch (strictHostKeyChecking) {
    case 'accept-new':
    case 'no':
    case 'off':
    case 'false':
      return 'accept';
    case 'yes':
    case 'true':
      return 'refuse';
    default:
      return 'ask';
  }
}

function findProxy({ jump }: TargetOptions, settings: SshSettings): SshTarget['proxy'] {
  const hops = jump ?? settings.one('proxyjump');
  if (hops === 'none') return null; // --jump none
  if (hops !== undefined) return { kind: 'jump', hops };
  const command = settings.one('proxycommand');
  return command === undefined ? null : { kind: 'command', command };
}

function silence(settings: SshSettings): number | null {
  const interval = settings.number('serveraliveinterval') ?? 0;
  const count = settings.number('serveralivecountmax') ?? 3;
  return interval * count * 1000 || null;
}

function localUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new ArpoEnvError(
      {
        code: 'E_USAGE',
        message: 'this process has no user name to log in with',
        fix: 'name one: user@host, or --user',
      },
      { cause: error },
    );
  }
}

function named(values: readonly string[]): string[] {
  return values.filter((value) => value !== 'none');
}
