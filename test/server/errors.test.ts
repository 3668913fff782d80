import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ArpoEnvError, ERROR_CODES, type ErrorCode } from '../../src/errors.js';
import type { RawClient } from '../support/raw-client.js';
import { CLICK, INFEASIBLE_TASK } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

describe('problem+json', () => {
  it('has every field, and the id that the answer and the log carry', async () => {
    await using it = await startTestServer();
    const answer = await it.client.post('/env/step', { prediction: 7 });
    const message = 'POST /env/step: body.prediction: Invalid input: expected string, received number';
    const fix = 'GET /docs shows what each route takes';
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toEqual({
      type: 'urn:arpo-env:E_VALIDATION',
      title: ERROR_CODES.E_VALIDATION.title,
      status: 422,
      code: 'E_VALIDATION',
      message,
      fix,
      detail: `${message} — ${fix}`,
      instance: answer.headers['x-request-id'],
      errors: [
        {
          type: 'invalid_type',
          loc: ['body', 'prediction'],
          msg: 'Invalid input: expected string, received number',
        },
      ],
    });
  });

  const RULE = { type: 'rule', rules: { expected: 'x' } };
  const json = { 'content-type': 'application/json' };
  const refused: [string, ErrorCode, (client: RawClient) => Promise<{ status: number; text: string }>][] = [
    ['an empty body', 'E_VALIDATION', (client) => client.post('/env/step', '')],
    [
      'no content type',
      'E_VALIDATION',
      (client) => client.post('/env/step', '', { headers: { 'content-type': '' } }),
    ],
    [
      'text as a body',
      'E_VALIDATION',
      (client) => client.post('/env/step', 'x', { headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'broken JSON',
      'E_VALIDATION',
      (client) => client.post('/env/step', '{"prediction":', { headers: json }),
    ],
    ['a poisoned prototype', 'E_VALIDATION', (client) => client.post('/env/step', '{"__proto__":{}}')],
    ['a prediction beyond all measure', 'E_VALIDATION', (client) => client.step('x'.repeat(1_000_001))],
    [
      'more values than anybody sends',
      'E_BODY_TOO_LARGE',
      (client) => client.post('/env/step', `{"prediction":"","x":[${'[],'.repeat(400_000)}0]}`),
    ],
    ['null', 'E_VALIDATION', (client) => client.post('/env/step', 'null')],
    ['a list', 'E_VALIDATION', (client) => client.post('/env/reset', [])],
    ['no task_config', 'E_VALIDATION', (client) => client.post('/env/reset', {})],
    ['a list as task_config', 'E_VALIDATION', (client) => client.post('/env/reset', { task_config: [] })],
    ['a task without id', 'E_TASK_INVALID', (client) => client.reset({ instruction: 'x' })],
    [
      'an instruction that nobody reads',
      'E_TASK_INVALID',
      (client) => client.reset({ ...INFEASIBLE_TASK, instruction: 'x'.repeat(100_001) }),
    ],
    [
      'an unknown setup step',
      'E_TASK_INVALID',
      (client) => client.reset({ ...INFEASIBLE_TASK, config: [{ type: 'teleport' }] }),
    ],
    [
      'a metric that OSWorld does not have',
      'E_TASK_INVALID',
      (client) => client.reset({ ...INFEASIBLE_TASK, evaluator: { func: 'exact_macth', result: RULE } }),
    ],
    [
      'a getter that OSWorld does not have',
      'E_TASK_INVALID',
      (client) =>
        client.reset({ ...INFEASIBLE_TASK, evaluator: { func: 'exact_match', result: { type: 'vm_fiel' } } }),
    ],
    [
      'a step that needs an account',
      'E_TASK_CREDENTIALS',
      (client) =>
        client.reset({
          ...INFEASIBLE_TASK,
          config: [{ type: 'login', parameters: { settings_file: 's.json', platform: 'googledrive' } }],
        }),
    ],
    [
      'a step that these desktops can never carry out',
      'E_TASK_INVALID',
      (client) =>
        client.reset({
          ...INFEASIBLE_TASK,
          config: [{ type: 'chrome_open_tabs', parameters: { urls_to_open: ['http://a.example'] } }],
        }),
    ],
    ['an unknown path', 'E_NOT_FOUND', (client) => client.get('/env/nothing')],
    ['an unknown path with a broken body', 'E_NOT_FOUND', (client) => client.post('/nothing', '{')],
    [
      'an env that is not there',
      'E_NOT_FOUND',
      (client) => client.post('/envs/1/env/step', { prediction: '' }),
    ],
    ['an env with a wild name', 'E_NOT_FOUND', (client) => client.get('/envs/constructor/health')],
    ['a path that cannot be decoded', 'E_BAD_REQUEST', (client) => client.get('/envs/%ff/health')],
    ['a path that is too long', 'E_BAD_REQUEST', (client) => client.get(`/envs/${'1'.repeat(200)}/health`)],
    ['another verb', 'E_METHOD_NOT_ALLOWED', (client) => client.get('/env/reset')],
    ['another verb on an env', 'E_METHOD_NOT_ALLOWED', (client) => client.post('/envs/0/health', '{')],
    ['an empty key', 'E_VALIDATION', (client) => client.step(CLICK, { headers: { 'idempotency-key': '' } })],
    ['a step without episode', 'E_NOT_READY', (client) => client.step(CLICK)],
  ];
  it.each(refused)('%s is %s', async (_name, code, send) => {
    await using it = await startTestServer();
    const answer = await send(it.client);
    expect(JSON.parse(answer.text)).toMatchObject({
      code,
      status: ERROR_CODES[code].http,
      fix: expect.stringMatching(/./),
    });
    expect(answer.status).toBe(ERROR_CODES[code].http);
    expect(it.provider.starts).toBe(0);
  });

  it('names the metric that OSWorld does not have, and the one that was meant', async () => {
    await using it = await startTestServer();
    const evaluator = { func: 'exact_macth', result: RULE };
    expect((await it.client.reset({ ...INFEASIBLE_TASK, evaluator })).json()).toMatchObject({
      message: 'the task config cannot be used: OSWorld has no metric "exact_macth"',
      fix: 'did you mean exact_match?',
    });
  });

  it.each([
    [
      'a host that is gone',
      { type: 'download', parameters: { files: [{ url: 'http://127.0.0.1:1/a', path: '/a' }] } },
    ],
    [
      'a file that is not here',
      { type: 'upload_file', parameters: { files: [{ local_path: 'none', path: '/a' }] } },
    ],
  ])('does not mend %s by further boots', { timeout: 60_000 }, async (_what, step) => {
    await using it = await startTestServer();
    const answer = await it.client.reset({ ...INFEASIBLE_TASK, config: [step] });
    expect(answer.json()).toMatchObject({ status: 500, code: 'E_SETUP_FAILED' });
    expect(it.provider.starts).toBe(1);
  });

  it('takes a task without an instruction, as the reference does', async () => {
    await using it = await startTestServer();
    const { obs_messages: messages } = (
      await it.client.reset({ ...INFEASIBLE_TASK, instruction: null })
    ).json();
    expect(messages[1].content[0].text).toMatch(/## User Instruction\n\s*$/);
  });

  it('a wrong verb is told the right one', async () => {
    await using it = await startTestServer();
    expect((await it.client.get('/env/step')).headers.allow).toBe('POST');
    expect((await it.client.post('/health')).headers.allow).toBe('GET, HEAD');
  });

  it('a desktop that does not boot is an HTTP error with every attempt, never 200 with null', async () => {
    await using it = await startTestServer();
    it.provider.onStart = () => {
      throw new ArpoEnvError({ code: 'E_BOOT_FAILED', message: 'no qcow2', fix: 'get one' });
    };
    const answer = await it.client.reset(INFEASIBLE_TASK);
    expect(answer.status).toBe(503);
    expect(answer.json().message).toBe('the reset failed 3 times in the same way: no qcow2');
  });

  it('a defect is a 500 that says so', async () => {
    await using it = await startTestServer();
    it.provider.onStart = () => {
      throw new TypeError('x is not a function');
    };
    expect((await it.client.reset(INFEASIBLE_TASK)).json()).toMatchObject({
      status: 500,
      code: 'E_INTERNAL',
      message: 'x is not a function',
    });
  });

  it('what is not HTTP gets an HTTP answer', async () => {
    await using it = await startTestServer();
    const socket = connect(Number(it.server.url.port), '127.0.0.1');
    socket.end('what is this\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      code: 'E_BAD_REQUEST',
      status: 400,
    });
  });
});
