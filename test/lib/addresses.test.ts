import { describe, expect, it } from 'vitest';
import { isLoopback, urlOf } from '../../src/lib/addresses.js';

describe('addresses', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['[::1]', true],
    ['localhost', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['10.0.0.7', false],
  ])('%s is loopback: %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:18082/'],
    ['0.0.0.0', 'http://127.0.0.1:18082/'],
    ['::', 'http://[::1]:18082/'],
    ['2001:db8::1', 'http://[2001:db8::1]:18082/'],
    ['cluster.example', 'http://cluster.example:18082/'],
  ])('a server that is bound to %s is reached at %s', (host, url) => {
    expect(urlOf(host, 18082).href).toBe(url);
  });
});
