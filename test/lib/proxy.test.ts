import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { proxyAgents } from '../../src/lib/proxy.js';

const NAMES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];

beforeEach(() => {
  for (const name of NAMES.flatMap((lower) => [lower, lower.toUpperCase()])) vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('proxyAgents', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])('goes through the proxy of %s', (name) => {
    vi.stubEnv(name, 'http://user:secret@10.0.0.9:3128');
    const { http, https } = proxyAgents(new URL('https://files.example/a.bin'));
    expect(http).toBeInstanceOf(HttpProxyAgent);
    expect(https).toBeInstanceOf(HttpsProxyAgent);
    expect(https?.proxy.host).toBe('10.0.0.9:3128');
  });

  it.each([
    ['without a proxy', {}],
    ['for a host of NO_PROXY', { HTTPS_PROXY: 'http://10.0.0.9:3128', NO_PROXY: 'files.example' }],
    ['for a domain of no_proxy', { HTTPS_PROXY: 'http://10.0.0.9:3128', no_proxy: '.example' }],
    ['when only http has one', { HTTP_PROXY: 'http://10.0.0.9:3128' }],
  ])('goes straight %s', (_, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(proxyAgents(new URL('https://files.example/a.bin'))).toEqual({});
  });

  it.each(['http://127.0.0.1:8000/', 'http://localhost:8000/', 'http://[::1]:8000/'])(
    'goes straight to %s, whatever is set',
    (url) => {
      vi.stubEnv('HTTP_PROXY', 'http://10.0.0.9:3128');
      vi.stubEnv('ALL_PROXY', 'http://10.0.0.9:3128');
      expect(proxyAgents(new URL(url))).toEqual({});
    },
  );

  it('refuses a proxy that is not an HTTP proxy, without its password', () => {
    vi.stubEnv('HTTPS_PROXY', 'socks5://user:secret@10.0.0.9:1080');
    const ask = () => proxyAgents(new URL('https://files.example/a.bin'));
    expect(ask).toThrow(
      expect.objectContaining({
        code: 'E_CONFIG',
        message:
          'files.example would be reached through the proxy 10.0.0.9:1080, which is not an http:// or https:// URL',
        fix: 'set HTTPS_PROXY and HTTP_PROXY to http://HOST:PORT, or add files.example to NO_PROXY',
      }),
    );
  });
});
