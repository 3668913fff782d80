/** The command lines of the system's ssh: arguments for a process of ours, and what a person pastes into a shell. */
import { shellLine } from '../../shell-words.js';
import { addressText, parseAddress, type SshAddress } from './address.js';
import { expandHome } from './paths.js';

/** Whom to connect to, as far as it is said on a command line; ssh_config says the rest. */
export interface SshDestination {
  /** An alias of ssh_config, or any other form that parseAddress takes. */
  host: string;
  /** Wins over the one in `host` and in ssh_config. */
  user?: string | undefined;
  /** Wins over the one in `host` and in ssh_config. */
  port?: number | undefined;
  /** Hosts to go through, the first one first, separated by commas; wins over ssh_config's. */
  jump?: string | undefined;
  /** Private keys to offer first; each must exist and be readable by its owner only. */
  identityFiles?: readonly string[] | undefined;
  /** `ssh -F`: another ssh_config, or `none` for no config at all. Default: the user's and the system's. */
  configFile?: string | undefined;
}

export interface SshCall {
  /** Words such as `-T`, which stand first. */
  flags?: readonly string[] | undefined;
  /** Keywords of ssh_config, which win over it. */
  settings?: Readonly<Record<string, string | number>> | undefined;
}

/** What follows `ssh`, up to the host; the command to run there may come after it. Throws E_USAGE for what is not a host. */
export function sshArgs(destination: SshDestination, { flags = [], settings = {} }: SshCall = {}): string[] {
  const { host, user, port } = addressOf(destination);
  const { jump, identityFiles = [], configFile } = destination;
  return [
    ...flags,
    ...(configFile === undefined ? [] : ['-F', expandHome(configFile)]),
    ...Object.entries(settings).flatMap(([keyword, value]) => ['-o', `${keyword}=${value}`]),
    ...identityFiles.flatMap((file) => ['-i', expandHome(file)]),
    // Neither `user@host:port` nor `ssh://[::1]:22` is a host for ssh: what it takes always are options.
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(jump === undefined ? [] : ['-o', `ProxyJump=${jump}`]),
    '--',
    host,
  ];
}

/** What `host`, `user` and `port` say together. Throws E_USAGE. */
export function addressOf({ host, user, port }: SshDestination): SshAddress {
  return {
    ...parseAddress(host),
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
  };
}

/** `ssh -p 2222 user@host`, to be pasted, which gets where arpo-env gets; `words` are the command to run there. */
export function pastedSsh(
  destination: SshDestination,
  words: readonly string[] = [],
  flags: readonly string[] = [],
): string {
  return shellLine(['ssh', ...flags, ...pastedArgs(destination), ...words]);
}

/** The same host, looked up in ssh_config and not connected to. */
export function pastedSshG(destination: SshDestination): string {
  return pastedSsh(destination, [], ['-G']);
}

/** `arpo-env tunnel user@host`, to be pasted. */
export function pastedTunnel(destination: SshDestination, flags: readonly string[] = []): string {
  const { host, user, port, jump, configFile } = destination;
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [name, String(value)];
  return shellLine([
    ...['arpo-env', 'tunnel', host],
    ...option('--user', user),
    ...option('--port', port),
    ...option('--jump', jump),
    ...option('--ssh-config', configFile),
    ...flags,
  ]);
}

function pastedArgs(destination: SshDestination): string[] {
  const { port, ...login } = addressOf(destination);
  const { configFile, jump } = destination;
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(jump === undefined ? [] : ['-J', jump]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    addressText(login),
  ];
}

/** `ssh-copy-id` to the same host, to be pasted. It takes no `-F`: with another ssh_config the host is said in full. */
export function pastedCopyId(target: {
  destination: SshDestination;
  user: string;
  host: string;
  port: number;
}): string {
  const { destination, user, host, port } = target;
  const full = destination.configFile !== undefined || destination.jump !== undefined;
  return shellLine(['ssh-copy-id', ...pastedArgs(full ? { host, user, port } : destination)]);
}
