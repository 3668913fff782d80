import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { parseForward, tunnelOptions } from '../../src/tunnel/options.js';

const options = (config: object, args: Partial<Parameters<typeof tunnelOptions>[1]> = {}) =>
  tunnelOptions(configSchema.parse(config), { forwards: [], ...args });

const local = (host: string, port: number) => ({ bind: '127.0.0.1', port: 15001, local: { host, port } });

describe('-R', () => {
  it.each([
    ['15001:127.0.0.1:18082', { bind: '127.0.0.1', port: 15001, local: { host: '127.0.0.1', port: 18082 } }],
    ['0:localhost:18082', { bind: '127.0.0.1', port: 0, local: { host: 'localhost', port: 18082 } }],
    ['0.0.0.0:15001:10.0.0.5:80', { bind: '0.0.0.0', port: 15001, local: { host: '10.0.0.5', port: 80 } }],
    [
      '/run/env.sock:localhost:18082',
      { bind: '/run/env.sock', port: 0, local: { host: 'localhost', port: 18082 } },
    ],
    [':15001:host:80', { bind: '', port: 15001, local: { host: 'host', port: 80 } }],
    ['[::1]:15001:[2001:db8::1]:80', { bind: '::1', port: 15001, local: { host: '2001:db8::1', port: 80 } }],
  ])('%s', (text, forward) => {
    expect(parseForward(text)).toEqual(forward);
  });

  it.each([
    '',
    '15001',
    '15001:18082',
    'a:127.0.0.1:80',
    '15001::80',
    '1:2:3:4:5',
    '65536:host:80',
    '1:host:0',
    '1:host:65536',
    '/run/env.sock:18082',
    'run/env.sock:localhost:18082',
  ])('is not `%s`', (text) => {
    expect(() => parseForward(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

describe('the options of a tunnel', () => {
  it.each([
    ['15001:127.0.0.1:18082', '15001:127.0.0.1:18082'],
    ['15001:127.0.0.1:18082', '127.0.0.1:15001:10.0.0.5:80'],
    ['*:15001:127.0.0.1:18082', ':15001:127.0.0.1:18082'],
    ['[::1]:15001:127.0.0.1:18082', '[0:0::1]:15001:127.0.0.1:18082'],
    ['localhost:15001:127.0.0.1:18082', 'LOCALHOST:15001:127.0.0.1:18082'],
    ['/run/env.sock:127.0.0.1:18082', '/run/env.sock:127.0.0.1:18083'],
  ])('are wrong when %s and %s ask for the same', (first, second) => {
    expect(() => options({ tunnel: { host: 'deepx' } }, { forwards: [first, second] })).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: expect.stringContaining('forwarded twice') }),
    );
  });

  it('may name one port for several addresses, and as many free ports as wanted', () => {
    const forwards = [
      '15001:127.0.0.1:18082',
      '[::1]:15001:127.0.0.1:18082',
      '*:15001:127.0.0.1:18082',
      '0:127.0.0.1:18082',
      '0:127.0.0.1:18082',
      '/run/env.sock:127.0.0.1:18082',
      '/run/Env.sock:127.0.0.1:18082',
    ];
    expect(options({ tunnel: { host: 'deepx' } }, { forwards }).forwards).toHaveLength(forwards.length);
  });

  it('come from the config', () => {
    const tunnel = { host: 'deepx', keepalive: '2s', acceptNew: true, maxRetries: 3, identities: ['/k'] };
    expect(options({ tunnel })).toEqual({
      host: 'deepx',
      identityFiles: ['/k'],
      keepaliveMs: 2000,
      acceptNew: true,
      maxRetries: 3,
      transport: 'ssh2',
      forwards: [local('127.0.0.1', 18082)],
    });
  });

  it('leave to ssh_config what nobody set', () => {
    expect(Object.keys(options({ tunnel: { host: 'deepx' } })).sort()).toEqual([
      'forwards',
      'host',
      'identityFiles',
      'transport',
    ]);
  });

  it.each([
    [{ server: { port: 19000 } }, local('127.0.0.1', 19000)],
    [{ server: { host: '0.0.0.0' } }, local('127.0.0.1', 18082)],
    [{ tunnel: { url: 'http://10.0.0.5:18082' } }, local('10.0.0.5', 18082)],
    [{ tunnel: { url: 'http://[2001:db8::1]:80/' } }, local('2001:db8::1', 80)],
  ])('lead to the env server of %j', (config: { tunnel?: object; server?: object }, forward) => {
    expect(options({ ...config, tunnel: { host: 'deepx', ...config.tunnel } }).forwards).toEqual([forward]);
  });

  it('take arguments before the config', () => {
    const args = {
      forwards: ['1:h:2', '3:h:4'],
      user: 'user',
      port: '2222',
      sshConfig: 'none',
      jump: 'bastion',
    };
    expect(options({ tunnel: { host: 'deepx' } }, args)).toMatchObject({
      user: 'user',
      port: 2222,
      configFile: 'none',
      jump: 'bastion',
      forwards: [{ port: 1 }, { port: 3 }],
    });
  });

  it.each([
    ['no host', {}, {}, 'E_CONFIG', 'no cluster is named'],
    ['a part of a server', { tunnel: { host: 'x', url: 'http://h:1/envs/2' } }, {}, 'E_USAGE', '/envs/2'],
    ['a port that is none', { tunnel: { host: 'x' } }, { port: 'ssh' }, 'E_USAGE', '--port ssh'],
  ])('refuse %s', (_title, config, args, code, text) => {
    expect(() => options(config, args)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    );
  });
});
