/** Which addresses mean this machine, and how a server is reached that is bound to one. */
import { BlockList, isIP, isIPv4 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** `host`: an address, also in brackets, or a name; of names only `localhost` is one. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || contains(LOOPBACK, name);
}

/** False for what is not an address. A dual-stack socket shows IPv4 clients as ::ffff:10.0.0.1. */
export function contains(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/** The address to connect to, on the same machine, for what listens on `bind`. */
export function reachableHost(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1';
  return bind === '::' ? '::1' : bind;
}

/** Base URL at which a server that is bound to `host` is reached from its own machine. */
export function urlOf(host: string, port: number, protocol = 'http'): URL {
  return new URL(`${protocol}://${hostAndPort(reachableHost(host), port)}/`);
}

/** Likewise for a unix socket, as others write it: `http+unix://%2Frun%2Fdesktop%2Fagent/`. */
export function socketUrl(path: string, protocol = 'http'): URL {
  return new URL(`${protocol}+unix://${encodeURIComponent(path)}/`);
}

/** `host:22`, `[::1]:22`. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
