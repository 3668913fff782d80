import { describe, expect, it } from 'vitest';
import { addressText, parseAddress } from '../../../src/ssh/host/address.js';

describe('an address', () => {
  it.each([
    ['deepx', { host: 'deepx' }],
    ['user@cluster.example', { host: 'cluster.example', user: 'user' }],
    ['user@cluster.example:2222', { host: 'cluster.example', user: 'user', port: 2222 }],
    ['cluster.example:2222', { host: 'cluster.example', port: 2222 }],
    ['192.0.2.7:22', { host: '192.0.2.7', port: 22 }],
    ['user@domain@cluster.example', { host: 'cluster.example', user: 'user@domain' }],
    ['user@domain@[::1]:22', { host: '::1', user: 'user@domain', port: 22 }],
    ['DOMAIN\\user@cluster.example', { host: 'cluster.example', user: 'DOMAIN\\user' }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['user@2001:db8::1', { host: '2001:db8::1', user: 'user' }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0' }],
    ['[::1]', { host: '::1' }],
    ['[::1]:22', { host: '::1', port: 22 }],
    ['user@[2001:db8::1]', { host: '2001:db8::1', user: 'user' }],
    ['user@[2001:db8::1]:2222', { host: '2001:db8::1', user: 'user', port: 2222 }],
    ['ssh://cluster.example', { host: 'cluster.example' }],
    ['ssh://user@cluster.example:2222/', { host: 'cluster.example', user: 'user', port: 2222 }],
    ['ssh://user@[::1]:2222', { host: '::1', user: 'user', port: 2222 }],
    ['ssh://user%40domain@cluster.example', { host: 'cluster.example', user: 'user@domain' }],
    ['ssh://user;fingerprint=x@cluster.example', { host: 'cluster.example', user: 'user' }],
  ])('%s', (text, parts) => {
    expect(parseAddress(text)).toEqual(parts);
  });

  it.each([
    ['', 'it is empty'],
    ['-oProxyCommand=x', 'its host begins with a dash'],
    ['user@-oProxyCommand=x', 'its host begins with a dash'],
    ['-x@host', 'its user begins with a dash'],
    ['two words', 'its host has a character that no name has'],
    ['host\n', 'it holds control characters'],
    ['us\ter@host', 'it holds control characters'],
    ['ssh://us%07er@host', 'its user has a character that no shell may read'],
    ['$(x)@host', 'its user has a character that no shell may read'],
    ['host;x', 'its host has a character that no name has'],
    ['host:0', '0 is not a port from 1 to 65535'],
    ['host:65536', '65536 is not a port from 1 to 65535'],
    ['host:', 'nothing is not a port from 1 to 65535'],
    ['host:ssh', 'ssh is not a port from 1 to 65535'],
    ['[::1]:x', 'x is not a port from 1 to 65535'],
    ['::1:x', 'its host is neither a name nor an IP address; IPv6 with a port needs brackets'],
    ['[::1', 'its host is neither a name nor an IP address; IPv6 with a port needs brackets'],
    ['@host', 'there is no user before the @'],
    ['user@', 'it names no host'],
    ['ssh://', 'it names no host'],
    ['ssh://host/path', 'an SSH URL has no path'],
    ['ssh://us%er@host', 'its user has a % that encodes nothing'],
  ])('is not %j: %s', (text, why) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: `${JSON.stringify(text)} is not an SSH host: ${why}`,
      }),
    );
  });

  it.each(['deepx', 'user@deepx:2222', 'user@[::1]:22', 'user@::1', 'a@b@c'])(
    '%s is shown as it is',
    (text) => {
      expect(addressText(parseAddress(text))).toBe(text);
    },
  );
});
