import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { ArpoEnvError } from '../../src/errors.js';
import { registerRun } from '../../src/runs/registry.js';
import type { RunDetails } from '../../src/runs/run.js';
import { CliSandbox } from '../support/cli.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

/** Enters this test process as what the details say. */
function enter(sandbox: CliSandbox, details: Partial<RunDetails<'server'>>) {
  const defaults = {
    kind: 'server',
    url: 'http://127.0.0.1:1',
    provider: 'sim',
    envs: 1,
    logFile: null,
  } as const;
  return registerRun(sandbox.state.runs, { ...defaults, ...details });
}

async function serverThatAnswers(status: number, body: object) {
  const server = createServer((_request, response) => {
    response.statusCode = status;
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: async () => void server.close() };
}

test('nothing runs', async () => {
  await using sandbox = new CliSandbox();
  expect(await sandbox.run(['status'])).toEqual({
    exitCode: 0,
    stdout: 'no server or tunnel runs here\n',
    stderr: '',
  });
  expect(JSON.parse((await sandbox.run(['status', '--json'])).stdout)).toEqual({
    runs: [],
    stale: [],
    leftDesktops: [],
    rented: { desktops: [], hours: 0, cost: null, hourlyPrice: null, unpriced: [], priceNote: '' },
  });
});

test('our server says what each env is at, and why one failed', async () => {
  await using sandbox = new CliSandbox();
  await using it = await startTestServer({ envs: 3 });
  const url = it.server.url.href;
  await using _registration = await enter(sandbox, { url, envs: 3 });
  await it.client.post('/envs/1/env/reset', { task_config: INFEASIBLE_TASK });
  expect((await sandbox.run(['status'])).stdout).toMatch(
    new RegExp(`^● ${url}envs/1 ready · task ${INFEASIBLE_TASK.id} · 0 steps · watch it at http`, 'm'),
  );
  it.provider.onStart = () => {
    throw new ArpoEnvError({ code: 'E_BOOT_FAILED', message: 'no qcow2', fix: 'get one' });
  };
  await it.client.post('/envs/2/env/reset', { task_config: INFEASIBLE_TASK });
  const { exitCode, stdout } = await sandbox.run(['status']);
  expect(stdout).toMatch(new RegExp(`^✗ ${url}envs/2 failed: .*no qcow2\n→ get one$`, 'm'));
  expect(exitCode).toBe(3);
});

test('a Python server answers; a tunnel that does not is not well', async () => {
  await using sandbox = new CliSandbox();
  await using server = await serverThatAnswers(200, { status: 'ok' });
  const registration = await enter(sandbox, {
    url: server.url,
    provider: 'docker',
    logFile: '/logs/it.log',
  });
  const table = await sandbox.run(['status']);
  expect(table.exitCode).toBe(0);
  expect(table.stdout).toMatch(
    new RegExp(`^server +${server.url} +docker +answers +1 +\\S.* +${process.pid} +/logs/it\\.log$`, 'm'),
  );
  await registration[Symbol.asyncDispose]();
  const url = 'http://127.0.0.1:15001 on deepx';
  const tunnel = { kind: 'tunnel', url, host: 'deepx', logFile: null } as const;
  await using _tunnel = await registerRun(sandbox.state.runs, tunnel);
  const { exitCode, stdout } = await sandbox.run(['status', '--json']);
  expect(JSON.parse(stdout).runs).toMatchObject([
    { kind: 'tunnel', host: 'deepx', state: 'silent', healthy: false, envs: null, tunnel: null },
  ]);
  expect(exitCode).toBe(3);
});

test.each([
  [500, 'answers 500'],
  [0, 'silent'],
])('a server that is not well is exit 3: status %i', async (status, state) => {
  await using sandbox = new CliSandbox();
  await using server = await serverThatAnswers(status || 200, {});
  if (status === 0) await server[Symbol.asyncDispose]();
  await using _registration = await enter(sandbox, { url: server.url });
  const { exitCode, stdout } = await sandbox.run(['status', '--json']);
  expect(JSON.parse(stdout).runs).toMatchObject([{ state, healthy: false }]);
  expect(exitCode).toBe(3);
});

test('an entry of a dead process is said and forgotten', async () => {
  await using sandbox = new CliSandbox({ 'state/runs/server-1.json': '{' });
  const { exitCode, stdout, stderr } = await sandbox.run(['status']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'no server or tunnel runs here\n' });
  expect(stderr).toMatch(/^! forgot the damaged entry .*server-1\.json\n$/);
  expect(await readdir(sandbox.state.runs)).toEqual([]);
});
