/** Names of SSH hosts as people write them, for everything here that takes one. */
import { isIPv6 } from 'node:net';
import { ArpoEnvError } from '../../errors.js';
import { hostAndPort } from '../../lib/addresses.js';

export interface SshAddress {
  /** A name, an alias of ssh_config or an IP address, without brackets. */
  host: string;
  user?: string | undefined;
  port?: number | undefined;
}

/**
 * What ssh(1) takes, `[user@]host` and `ssh://[user@]host[:port]`, and with a port also without the scheme: `host:port`,
 * `[::1]:port`. The user may hold an @ (`user@domain@host`); an IPv6 address without brackets has no port. Throws E_USAGE.
 */
export function parseAddress(text: string): SshAddress {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof NotAnAddress)) throw error;
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `${JSON.stringify(text)} is not an SSH host: ${error.message}`,
      fix: 'give an alias of ~/.ssh/config, user@host, user@host:port or user@[IPv6]:port',
    });
  }
}

/** As ssh shows it: `user@host`, `user@host:2222`, `user@[::1]:22`. */
export function addressText({ user, host, port }: SshAddress): string {
  const login = user === undefined ? '' : `${user}@`;
  return `${login}${port === undefined ? host : hostAndPort(host, port)}`;
}

class NotAnAddress extends Error {}

function read(text: string): SshAddress {
  if (text === '') throw new NotAnAddress('it is empty');
  if (/\p{Cc}/u.test(text)) throw new NotAnAddress('it holds control characters');
  const [, uri] = /^ssh:\/\/(.*?)\/?$/.exec(text) ?? [];
  const rest = uri ?? text;
  if (uri?.includes('/')) throw new NotAnAddress('an SSH URL has no path');
  const at = rest.lastIndexOf('@');
  const login = at < 0 ? undefined : rest.slice(0, at);
  return {
    ...(login !== undefined && { user: checkedUser(uri === undefined ? login : decodedUser(login)) }),
    ...readPlace(rest.slice(at + 1)),
  };
}

/** In a URI the user is percent-encoded and may be followed by parameters (draft-ietf-secsh-scp-sftp-ssh-uri). */
function decodedUser(user: string): string {
  try {
    return decodeURIComponent(user.replace(/;.*$/, ''));
  } catch {
    throw new NotAnAddress('its user has a % that encodes nothing');
  }
}

/** The rules of OpenSSH's valid_ruser() (ssh.c). */
function checkedUser(user: string): string {
  if (user === '') throw new NotAnAddress('there is no user before the @');
  if (user.startsWith('-')) throw new NotAnAddress('its user begins with a dash');
  if (/['"`;&<>|(){}]|\s-|\\$|\p{Cc}/u.test(user))
    throw new NotAnAddress('its user has a character that no shell may read');
  return user;
}

function readPlace(place: string): SshAddress {
  if (isIPv6(place)) return { host: place };
  const [, bracketed, plain, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(place) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined)
    throw new NotAnAddress('its host is neither a name nor an IP address; IPv6 with a port needs brackets');
  return { host: checkedHost(host), ...(port !== undefined && { port: checkedPort(port) }) };
}

/** The rules of OpenSSH's valid_hostname() (ssh.c). */
function checkedHost(host: string): string {
  if (host === '') throw new NotAnAddress('it names no host');
  if (host.startsWith('-')) throw new NotAnAddress('its host begins with a dash');
  if (/['"`$\\;&<>|(){}\s]/.test(host)) throw new NotAnAddress('its host has a character that no name has');
  return host;
}

function checkedPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new NotAnAddress(`${text === '' ? 'nothing' : text} is not a port from 1 to 65535`);
}
