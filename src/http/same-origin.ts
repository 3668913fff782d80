/** Whether what a browser sends comes from a page of the server that it goes to. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Browsers let every page open a WebSocket or post a form to any address, and say in Origin which page it was (RFC 6455
 * §10.2, Fetch standard). That it is Host's is not enough: see `isOwnName`.
 */
export function isSameOrigin({ origin, host }: IncomingHttpHeaders, names: readonly string[]): boolean {
  const own = `http://${host}/`;
  if (!host || !origin || !URL.canParse(own) || !URL.canParse(origin)) return false;
  return isOwnName(host, names) && new URL(origin).origin === new URL(own).origin;
}

/**
 * Whether the page that asks cannot have been loaded under a name that now means this machine: who owns a name can point
 * it at 127.0.0.1 after their page was loaded (DNS rebinding), and what such a page only reads has no Origin. So Host has
 * to be an IP address, localhost, or one of `names`, such as the one that the server was told to listen on.
 */
export function isOwnName(host: string, names: readonly string[]): boolean {
  const own = `http://${host}/`;
  // What stands before an @ is no part of a name, and no browser sends it.
  if (host.includes('@') || !URL.canParse(own)) return false;
  const { hostname } = new URL(own);
  return (
    isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 || hostname === 'localhost' || names.includes(hostname)
  );
}
