import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/ssh/host/address.js';

describe('an address', () => {
  it.each([
    ['deepx', { host: 'deepx' }],
    ['user@cluster.example', { host: 'cluster.example', user: 'user' }],
    ['user@cluster.example:2222', { host: 'cluster.example', user: 'user', port: 2222 }],
    ['192.0.2.7:22', { host: '192.0.2.7', port: 22 }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['user@[2001:db8::1]:2222', { host: '2001:db8::1', user: 'user', port: 2222 }],
  ])('%s', (text, parts) => {
    expect(parseAddress(text)).toEqual(parts);
  });

  it.each([
    '',
    '-oProxyCommand=x',
    'user@-oProxyCommand=x',
    'two words',
    'host:0',
    'host:65536',
    'host:',
    'host:ssh',
    '@host',
    'user@',
  ])('is not `%s`', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});
