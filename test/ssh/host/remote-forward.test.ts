import { expect, it } from 'vitest';
import { readRemoteForward } from '../../../src/ssh/host/remote-forward.js';

it.each([
  ['15001:127.0.0.1:18082', { bind: undefined, port: '15001', host: '127.0.0.1', hostPort: '18082' }],
  [':0:[::1]:80', { bind: '', port: '0', host: '::1', hostPort: '80' }],
  ['[::1]:15001:web:80', { bind: '::1', port: '15001', host: 'web', hostPort: '80' }],
  ['/run/env.sock:web:80', { bind: '/run/env.sock', port: '0', host: 'web', hostPort: '80' }],
  ['15001', null],
  ['15001:/run/env.sock', null],
  ['::1:15001:web:80', null],
])('%s', (text, forward) => {
  expect(readRemoteForward(text)).toEqual(forward);
});
