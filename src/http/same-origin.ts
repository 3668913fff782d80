/** Whether what a browser sends comes from a page of the server that it goes to. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Browsers let every page open a WebSocket or post a form to any address, and say in Origin which page it was (RFC 6455
 * §10.2, Fetch standard). That it is Host's is not enough: who owns a name can point it at 127.0.0.1 after their page
 * was loaded (DNS rebinding). So Host has to be an IP address, localhost, or `listening`, the name that the server was
 * told to listen on.
 */
export function isSameOrigin({ origin, host }: IncomingHttpHeaders, listening: string): boolean {
  const own = `http://${host}/`;
  if (!host || !origin || !URL.canParse(own) || !URL.canParse(origin)) return false;
  return isOwnName(host, listening) && new URL(origin).host === new URL(own).host;
}

/** Whether the page that asks cannot have been loaded under a name that now means this machine: what such a page only reads has no Origin. */
export function isOwnName(host: string, listening: string): boolean {
  const own = `http://${host}/`;
  if (!URL.canParse(own)) return false;
  const { hostname } = new URL(own);
  return (
    isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 || hostname === 'localhost' || hostname === listening
  );
}
