/** Addresses of env servers: from a bind address, from what a person typed. */
import { ArpoEnvError } from '../errors.js';

/** Base URL at which a server that is bound to `host` is reached from this machine. */
export function urlOf(host: string, port: number): URL {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new URL(`http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`);
}

/** Throws E_USAGE for what is not an http or https URL. */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `${JSON.stringify(text)} is not the http URL of a server`,
    hint: 'for example http://127.0.0.1:15001',
  });
}
