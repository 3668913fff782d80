import { expect, it } from 'vitest';
import { proxyInTheWay } from '../../../src/doctor/facts/proxy.js';

const variable = (name: string, value: string) => ({ name, value, inFile: false });
const proxy = variable('http_proxy', 'http://proxy.example:3128');

// What requests.utils.should_bypass_proxies answers for the same.
it.each([
  ['no proxy at all', [], '127.0.0.1', false],
  ['a proxy and no exception', [proxy], '127.0.0.1', true],
  ['all_proxy counts too', [variable('ALL_PROXY', 'socks5://proxy.example')], '127.0.0.1', true],
  ['https_proxy does not', [variable('https_proxy', 'http://proxy.example')], '127.0.0.1', false],
  ['the address itself', [proxy, variable('no_proxy', 'localhost,127.0.0.1')], '127.0.0.1', false],
  ['localhost does not cover 127.0.0.1', [proxy, variable('no_proxy', 'localhost')], '127.0.0.1', true],
  ['a network', [proxy, variable('NO_PROXY', '127.0.0.0/8')], '127.0.0.1', false],
  ['a domain', [proxy, variable('no_proxy', '.example')], 'env.example', false],
  ['everything', [proxy, variable('no_proxy', '*')], '10.0.0.7', false],
])('%s', (_name, variables, host, caught) => {
  expect(proxyInTheWay(variables, host) !== null).toBe(caught);
});
