/** Who may talk to the server: a token, an address list, and no web page of somebody else's. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ArpoEnvError } from '../errors.js';
import { contains, isLoopback } from '../lib/addresses.js';
import { isOwnName, isSameOrigin } from './same-origin.js';

/** By this a client tells that a server of ours asks for its token. */
export const REALM = 'realm="arpo-env"';

export interface AccessOptions {
  /** The address or name that the server listens on. */
  host: string;
  /** The token that clients send as Bearer, or as password of Basic with any user. */
  token: string | undefined;
  /** CIDR ranges or addresses; empty allows all. */
  allow: readonly string[];
  /** What gives an address that is not in `allow` access. */
  allowFix: string;
}

/** A fastify onRequest hook. Throws E_FORBIDDEN or E_UNAUTHORIZED. */
export function accessHook({ host, token, allow, allowFix }: AccessOptions) {
  const allowed = allow.length > 0 ? blockListOf(allow) : null;
  const expected = token === undefined ? null : sha256(token);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (allowed && !contains(allowed, request.socket.remoteAddress ?? ''))
      throw addressNotAllowed(request, allowFix);
    if (expected === null) return refuseForeignPages(request, host);
    const given = tokenOf(request.headers.authorization);
    if (given !== undefined && timingSafeEqual(sha256(given), expected)) return;
    reply.header('www-authenticate', `Basic ${REALM}, Bearer ${REALM}`);
    throw new ArpoEnvError({
      code: 'E_UNAUTHORIZED',
      message: 'the request carries no valid credentials',
      fix: 'send Authorization: Bearer TOKEN, or use http://arpo:TOKEN@host:port as the URL',
    });
  };
}

/** Throws E_NO_TOKEN when `host` can be reached from elsewhere and nobody said that this is meant. */
export function requireToken({
  host,
  token,
  insecure,
}: {
  host: string;
  token: string | undefined;
  insecure: boolean;
}): void {
  if (token !== undefined || insecure || isLoopback(host)) return;
  throw new ArpoEnvError({
    code: 'E_NO_TOKEN',
    message: `${host} can be reached from other machines, and whoever reaches the port controls the desktops`,
    fix: 'openssl rand -hex 32 > token && chmod 600 token, then --token-file token; or listen on 127.0.0.1 behind a tunnel; or --insecure',
  });
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
  }
  return list;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function tokenOf(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header ?? '') ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const [, ...password] = Buffer.from(value, 'base64').toString().split(':');
  return password.length > 0 ? password.join(':') : undefined;
}

/**
 * Without a token the address is the only lock, and a browser that reaches it is inside: a page from elsewhere must not
 * play with the desktops. Browsers say in `Origin` where a page is from, unless it only reads; then only `Host` tells that
 * its name was pointed here after it was loaded (DNS rebinding). This machine's own name without a dot nobody else can own.
 */
function refuseForeignPages({ headers, raw }: FastifyRequest, listening: string): void {
  const { origin } = headers;
  // A whole URL in the place of the path says itself where it leads (RFC 9112 §3.2.2).
  const host = /^\w+:\/\/([^/?#]*)/.exec(raw.url ?? '')?.[1] ?? headers.host;
  const machine = hostname().toLowerCase();
  const names = [listening.toLowerCase(), ...(machine.includes('.') ? [] : [machine])];
  if (host !== undefined && !isOwnName(host, names)) {
    throw new ArpoEnvError({
      code: 'E_FORBIDDEN',
      message: `this server does not know itself as ${host}, and without a token every web page could be given that name`,
      fix: 'write its IP address in the URL in place of the name, or start it with --token-file',
    });
  }
  if (origin === undefined || isSameOrigin(headers, names)) return;
  throw new ArpoEnvError({
    code: 'E_FORBIDDEN',
    message: `the web page ${origin} may not use this server`,
    fix: 'open /docs on the server itself, or start it with --token-file to use it from web pages',
  });
}

function addressNotAllowed({ socket }: FastifyRequest, fix: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_FORBIDDEN',
    message: `clients at ${socket.remoteAddress ?? 'an unknown address'} may not use this server`,
    fix,
  });
}
