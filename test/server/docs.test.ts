import { expect, it } from 'vitest';
import { startTestServer } from '../support/test-server.js';

it('/docs is a page that needs nothing from elsewhere', async () => {
  await using it = await startTestServer();
  const page = await it.client.get('/docs');
  expect(page).toMatchObject({
    status: 200,
    headers: { 'content-type': expect.stringContaining('text/html') },
  });
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    const { pathname, origin } = new URL(link, it.server.url);
    expect(origin).toBe(it.server.url.origin);
    expect([pathname, (await it.client.get(pathname)).status]).toEqual([pathname, 200]);
  }
  const initializer = await it.client.get('/docs/static/swagger-initializer.js');
  expect(initializer.text).toContain("url: resolveUrl('./json')");
  expect((await it.client.get('/docs/json')).json()).toEqual((await it.client.get('/openapi.json')).json());
});

it('/openapi.json describes every route, with its bodies and errors', async () => {
  await using it = await startTestServer();
  const document = (await it.client.get('/openapi.json')).json();
  expect(document).toMatchObject({ openapi: expect.stringMatching(/^3\./), info: { title: 'arpo-env' } });
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method} ${path}`),
  );
  expect(routes.sort()).toEqual([
    'get /envs',
    'get /envs/{env}/health',
    'get /envs/{env}/ready',
    'get /health',
    'get /metrics',
    'get /openenv/health',
    'get /openenv/metadata',
    'get /openenv/schema',
    'get /openenv/state',
    'get /openenv/{env}/health',
    'get /openenv/{env}/metadata',
    'get /openenv/{env}/schema',
    'get /openenv/{env}/state',
    'get /ready',
    'post /env/evaluate',
    'post /env/history_messages',
    'post /env/reset',
    'post /env/step',
    'post /envs/{env}/env/evaluate',
    'post /envs/{env}/env/history_messages',
    'post /envs/{env}/env/reset',
    'post /envs/{env}/env/step',
    'post /openenv/mcp',
    'post /openenv/reset',
    'post /openenv/step',
    'post /openenv/{env}/mcp',
    'post /openenv/{env}/reset',
    'post /openenv/{env}/step',
  ]);
  const { post } = document.paths['/env/step'];
  expect(post.requestBody.content['application/json'].schema.required).toEqual(['prediction']);
  expect(post.parameters.map(({ name }: { name: string }) => name).sort()).toEqual([
    'history',
    'idempotency-key',
  ]);
  expect(Object.keys(post.responses)).toEqual(['200', '422', '502', '503']);
  expect(post.responses[422].content['application/problem+json'].schema.required).toContain('detail');
});
