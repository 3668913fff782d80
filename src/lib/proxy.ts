/** The proxy between this machine and the web, as the usual environment variables name it. Never for desktops. */
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { ArpoEnvError } from '../errors.js';
import { isLoopback } from './addresses.js';

/** Empty: straight to the host. */
export interface ProxyAgents {
  http?: HttpProxyAgent<string>;
  https?: HttpsProxyAgent<string>;
}

/**
 * What got's `agent` option wants for `url` under HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (upper or lower case);
 * none for a loopback address, for a URL that NO_PROXY names, and without a proxy. Throws E_CONFIG for
 * a proxy that does not speak HTTP.
 */
export function proxyAgents(url: URL): ProxyAgents {
  const proxy = isLoopback(url.hostname) ? '' : getProxyForUrl(url.href);
  if (proxy === '') return {};
  const { protocol, host } = URL.canParse(proxy) ? new URL(proxy) : { protocol: '', host: 'set' };
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new ArpoEnvError({
      code: 'E_CONFIG',
      message: `${url.host} would be reached through the proxy ${host}, which is not an http:// or https:// URL`,
      fix: `set HTTPS_PROXY and HTTP_PROXY to http://HOST:PORT, or add ${url.hostname} to NO_PROXY`,
    });
  }
  return { http: new HttpProxyAgent(proxy), https: new HttpsProxyAgent(proxy) };
}
