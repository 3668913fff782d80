import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { buildHttpApp } from '../../src/http/app.js';

const answered: object[] = [];
let app: FastifyInstance;

beforeEach(async () => {
  answered.length = 0;
  app = await buildHttpApp({
    routes: async (scope) => {
      const body = z.object({ name: z.string() });
      scope.post('/greet', { schema: { body } }, async (request) => ({
        hello: body.parse(request.body).name,
      }));
    },
    docs: { title: 'greeter', description: 'Greets.' },
    access: { host: '127.0.0.1', token: 'secret', allow: ['127.0.0.0/8'], allowFix: 'widen the list' },
    logger: pino({ level: 'silent' }),
    bodyLimit: 40,
    fixes: { path: 'the route is /greet', body: 'greet shorter' },
    onAnswered: (bytes) => answered.push(bytes),
  });
});

afterEach(() => app.close());

const headers = { authorization: 'Bearer secret' };

function greet(payload: object, remoteAddress = '127.0.0.1') {
  return app.inject({ method: 'POST', url: '/greet', payload, headers, remoteAddress });
}

test('any routes get access, limits, errors and an answer to unknown paths, in the words of their server', async () => {
  expect((await greet({ name: 'you' })).json()).toEqual({ hello: 'you' });
  expect((await greet({ name: 'x'.repeat(60) })).json()).toMatchObject({ status: 413, fix: 'greet shorter' });
  expect((await greet({})).json()).toMatchObject({ status: 422, errors: [{ loc: ['body', 'name'] }] });
  expect((await greet({ name: 'you' }, '10.1.2.3')).json()).toMatchObject({
    status: 403,
    fix: 'widen the list',
  });
  expect((await app.inject({ method: 'GET', url: '/greet', headers })).json()).toMatchObject({ status: 405 });
  expect((await app.inject({ url: '/none', headers })).json()).toMatchObject({
    status: 404,
    fix: 'the route is /greet',
  });
  expect((await app.inject({ url: '/none' })).statusCode).toBe(401);
  expect(answered).toHaveLength(7);
  expect(answered[0]).toEqual({ received: 14, sent: 15 });
});

test('the docs describe them', async () => {
  const { info, paths } = (await app.inject({ url: '/openapi.json', headers })).json();
  expect(info).toMatchObject({ title: 'greeter', description: 'Greets.' });
  expect(Object.keys(paths)).toEqual(['/greet']);
});
