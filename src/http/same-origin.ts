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
  const { hostname: name, host: address } = new URL(own);
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  return (isAddress || name === 'localhost' || name === listening) && new URL(origin).host === address;
}
