/** Addresses of env servers, from what a person typed. */
import { ArpoEnvError } from '../errors.js';

/** Throws E_USAGE for what is not an http or https URL. */
export function parseServerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `${JSON.stringify(text)} is not the http URL of a server`,
    fix: 'for example http://127.0.0.1:15001',
  });
}
