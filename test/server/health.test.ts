import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/fixture-provider.js';
import { CLICK, INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

it('shows a boot as it goes on', async () => {
  await using it = await startTestServer({ readyTimeout: 40_000 });
  const started = gate();
  const chrome = gate();
  it.provider.onStart = () => started.passed;
  it.provider.prepare = ({ guest }) => {
    guest.cdpIsUp = false;
    void chrome.passed.then(() => {
      guest.cdpIsUp = true;
    });
  };
  expect((await it.client.get('/health')).json()).toMatchObject({
    status: 'ok',
    provider: 'sim',
    env: 0,
    state: 'idle',
    deadline: null,
    screenshot: false,
    chrome_cdp: false,
    desktop: null,
    watch: null,
    queue: 0,
    standby: { ready: 0, booting: 0 },
  });
  const reset = it.client.reset(INFEASIBLE_TASK);
  await eventually(async () =>
    expect((await it.client.get('/health')).json()).toMatchObject({
      state: 'booting',
      deadline: 40,
      phase: 'kernel',
      boot_log: '[ 0.00] Linux',
      screenshot: false,
      chrome_cdp: false,
    }),
  );
  expect((await it.client.get('/ready')).json()).toMatchObject({
    status: 503,
    code: 'E_NOT_READY',
    message: 'no env is ready: env 0 booting',
  });
  started.open();
  await eventually(async () =>
    expect((await it.client.get('/health')).json()).toMatchObject({
      state: 'booting',
      screenshot: true,
      chrome_cdp: false,
      desktop: 'fixture-1',
    }),
  );
  chrome.open();
  await reset;
  const ready = (await it.client.get('/health')).json();
  expect(ready).toMatchObject({
    watch: expect.stringMatching(/^http:/),
    state: 'ready',
    deadline: null,
    screenshot: true,
    chrome_cdp: true,
    task: 'infeasible',
  });
  expect(ready.boot_elapsed).toBeGreaterThan(0);
  expect((await it.client.get('/ready')).status).toBe(200);
});

it('shows the last action that the desktop could not carry out', async () => {
  await using it = await startTestServer();
  await it.client.reset(INFEASIBLE_TASK);
  it.provider.last.guest.execute = () => ({ returncode: 1, error: 'SyntaxError: bad' });
  await it.client.step(CLICK);
  expect((await it.client.get('/health')).json()).toMatchObject({
    state: 'ready',
    steps: 1,
    last_problem: { code: 'E_GUEST_CODE', message: 'an action ended with return code 1: SyntaxError: bad' },
  });
});

it('is ready when a desktop waits, booted ahead, for an idle env', async () => {
  await using it = await startTestServer({ prewarm: true, envs: 2 });
  await eventually(async () => expect((await it.client.get('/ready')).status).toBe(200));
  expect((await it.client.get('/envs/1/ready')).status).toBe(200);
  expect((await it.client.get('/health')).json()).toMatchObject({ state: 'idle', screenshot: true });
});

it('/envs/k/ready speaks of env k alone', async () => {
  await using it = await startTestServer({ envs: 2 });
  await it.client.reset(INFEASIBLE_TASK);
  expect((await it.client.get('/ready')).status).toBe(200);
  expect((await it.client.get('/envs/0/ready')).status).toBe(200);
  expect((await it.client.get('/envs/1/ready')).status).toBe(503);
});
