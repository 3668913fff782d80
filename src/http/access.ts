/** Who may talk to the server: a token, an address list, and no web page of somebody else's. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ArpoEnvError } from '../errors.js';
import { contains, isLoopback } from '../lib/addresses.js';

/** By this a client tells that a server of ours asks for its token. */
export const REALM = 'realm="arpo-env"';

export interface AccessOptions {
  /** The token that clients send as Bearer, or as password of Basic with any user. */
  token: string | undefined;
  /** CIDR ranges or addresses; empty allows all. */
  allow: readonly string[];
  /** What gives an address that is not in `allow` access. */
  allowFix: string;
}

/** A fastify onRequest hook. Throws E_FORBIDDEN or E_UNAUTHORIZED. */
export function accessHook({ token, allow, allowFix }: AccessOptions) {
  const allowed = allow.length > 0 ? blockListOf(allow) : null;
  const expected = token === undefined ? null : sha256(token);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (allowed && !contains(allowed, request.socket.remoteAddress ?? ''))
      throw addressNotAllowed(request, allowFix);
    if (expected === null) return refuseForeignPages(request);
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
 * Without a token the loopback address is the only lock, and a browser on this machine is inside it: a page from
 * elsewhere, also one whose name resolves to 127.0.0.1, must not play with the desktops. Browsers always say `Origin`.
 */
function refuseForeignPages({ headers: { origin } }: FastifyRequest): void {
  if (origin === undefined || (URL.canParse(origin) && isLoopback(new URL(origin).hostname))) return;
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
