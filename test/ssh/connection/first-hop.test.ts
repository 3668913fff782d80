import { expect, test } from 'vitest';
import { firstHop } from '../../../src/ssh/connection/first-hop.js';
import { resolveTarget, type TargetOptions } from '../../../src/ssh/host/target.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { deadline } from '../../tunnel/fixtures.js';

const CONFIG = `
Host deepx
  HostName cluster.example
  ProxyJump user@middle,last:2222
Host middle
  HostName 192.0.2.7
  ProxyJump outer
Host outer
  HostName 192.0.2.1
  Port 2200
Host behind
  ProxyCommand connect %h
Host circle
  ProxyJump circle2
Host circle2
  ProxyJump circle
`;

test.each([
  ['192.0.2.9:22', { host: '192.0.2.9', port: 22 }],
  ['deepx', { host: '192.0.2.1', port: 2200 }],
  ['last', { host: 'last', port: 22 }],
  ['behind', null],
  ['circle', null],
])('the way to %s begins at %j', async (host, expected) => {
  using folder = new TemporaryFolder();
  const options: TargetOptions = { host, configFile: folder.write('ssh_config', CONFIG) };
  const target = await resolveTarget(options, deadline());
  expect(await firstHop(target, options, deadline())).toEqual(expected);
});
