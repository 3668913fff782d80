import { expect, it } from 'vitest';
import { readHealth } from '../../src/env-api/health.js';
import { startTestServer } from '../support/test-server.js';

function reading(status: number, body: unknown, headers: Record<string, string> = {}) {
  return readHealth({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

const PROBLEM = { code: 'E_NOT_FOUND', message: 'there is no env 7', fix: 'GET /envs' };
const IDENTITY = { status: 'ok', version: '0.0.1', provider: 'docker' };

it.each([
  ['the Python server', 200, { status: 'ok' }, { kind: 'python' }],
  [
    'ours, of a version with other words',
    200,
    IDENTITY,
    { kind: 'native', identity: IDENTITY, health: null },
  ],
  ['a page', 200, '<html>', { kind: 'other' }],
  ['no such route', 404, { detail: 'Not Found' }, { kind: 'other' }],
  ['no such env of ours', 404, PROBLEM, { kind: 'refused', status: 404 }],
  ['a broken server', 500, 'Internal Server Error', { kind: 'refused', status: 500 }],
  ['a lock of somebody else', 401, '', { kind: 'refused', status: 401 }],
])('%s', (_what, status, body, expected) => {
  expect(reading(status, body)).toEqual(expected);
});

it('ours, and ours without its token', async () => {
  await using it = await startTestServer({ token: 'secret' });
  const headers = { authorization: 'Bearer secret' };
  const open = await it.client.get('/health', { headers });
  expect(readHealth({ ...open, body: open.text })).toMatchObject({
    kind: 'native',
    identity: { provider: 'sim' },
    health: { state: 'idle' },
  });
  const locked = await it.client.get('/health');
  expect(readHealth({ ...locked, body: locked.text })).toEqual({ kind: 'locked' });
});
