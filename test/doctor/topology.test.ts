import { describe, expect, it } from 'vitest';
import { type ConfigInput, configSchema } from '../../src/config/schema.js';
import { topologyOf } from '../../src/doctor/topology.js';
import { aRun } from './answers.js';

function topology(
  config: ConfigInput,
  options: { role?: 'vm' | 'cluster'; host?: string; servers?: string[] } = {},
) {
  const { role = 'vm', host, servers = [] } = options;
  const runs = servers.map((url) => aRun('server', url, 1));
  const found = topologyOf(configSchema.parse(config), role, host, runs);
  return [found.kind, found.serverUrl.host, found.trainerUrl.host, found.host];
}

describe('topologyOf', () => {
  it.each([
    ['nothing is configured', {}, {}, ['local', '127.0.0.1:18082', '127.0.0.1:15001', null]],
    [
      'a host on the command line',
      {},
      { host: 'deepx' },
      ['tunnel', '127.0.0.1:18082', '127.0.0.1:15001', 'deepx'],
    ],
    [
      'a host in the config',
      { tunnel: { host: 'deepx' } },
      {},
      ['tunnel', '127.0.0.1:18082', '127.0.0.1:15001', 'deepx'],
    ],
    [
      'the trainer dials this machine',
      {
        cluster: { envUrl: 'http://198.51.100.7:15001', host: 'deepx' },
        server: { host: '0.0.0.0', port: 15001 },
      },
      {},
      ['direct', '127.0.0.1:15001', '198.51.100.7:15001', 'deepx'],
    ],
    [
      'an open server and no host',
      { server: { host: '0.0.0.0', port: 15001 } },
      {},
      ['direct', '127.0.0.1:15001', 'env_machine:15001', null],
    ],
    [
      'on the cluster',
      { tunnel: { host: 'deepx' } },
      { role: 'cluster' as const },
      ['cluster', '127.0.0.1:18082', '127.0.0.1:15001', null],
    ],
    [
      'the only server that runs',
      {},
      { servers: ['http://127.0.0.1:5001'] },
      ['local', '127.0.0.1:5001', '127.0.0.1:15001', null],
    ],
    [
      'the configured one of two',
      {},
      { servers: ['http://127.0.0.1:5001', 'http://127.0.0.1:18082'] },
      ['local', '127.0.0.1:18082', '127.0.0.1:15001', null],
    ],
  ])('%s', (_name, config, options, expected) => {
    expect(topology(config, options)).toEqual(expected);
  });

  it('shows no credentials', () => {
    const found = topologyOf(
      configSchema.parse({ cluster: { envUrl: 'http://arpo:secret@198.51.100.7:15001' } }),
      'vm',
      undefined,
      [],
    );
    expect(found.trainerUrl.href).not.toContain('secret');
  });
});
