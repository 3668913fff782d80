/** Which proxy Python's requests would use for http://HOST, by its own rules (requests.utils.should_bypass_proxies). */
import { inNetwork } from '../../host/firewall/packet-filter.js';

export interface ProxyVariable {
  name: string;
  value: string;
  inFile: boolean;
}

/** Null when requests go straight to the host. */
export function proxyInTheWay(variables: readonly ProxyVariable[], host: string): ProxyVariable | null {
  const proxy = variables.find(({ name }) => /^(http|all)_proxy$/i.test(name));
  if (!proxy) return null;
  const exceptions = variables
    .filter(({ name }) => /^no_proxy$/i.test(name))
    .flatMap(({ value }) => value.split(','));
  return exceptions.some((entry) => covers(entry.trim(), host)) ? null : proxy;
}

function covers(entry: string, host: string): boolean {
  if (entry === '*') return true;
  if (entry === '') return false;
  if (entry.includes('/')) return inNetwork(host, entry);
  const name = entry.replace(/^\./, '');
  return host === name || host.endsWith(`.${name}`);
}
