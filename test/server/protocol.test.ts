/** The wire protocol of the Python server, row for row of env-protocol.md §1 to §6. */
import { describe, expect, it } from 'vitest';
import { addBoxToken } from '../../src/arpo/box-token.js';
import { SYSTEM_MESSAGE, uiTarsPrompt } from '../../src/arpo/prompt.js';
import { configSchema } from '../../src/config/schema.js';
import { fixturePng } from '../support/fixture-guest.js';
import { CALL_USER, CLICK, FINISHED, INFEASIBLE_TASK, WAIT } from '../support/tasks.js';
import { startTestServer } from '../support/test-server.js';

const text = (role: string, value: string) => ({ role, content: [{ type: 'text', text: value }] });
const image = (bytes: Buffer) => ({
  role: 'user',
  content: [{ type: 'image', b64: bytes.toString('base64'), min_pixels: 3136, max_pixels: 2116800 }],
});
const over = (formatReward: string) =>
  `{"env_idx":0,"obs_messages":null,"is_done":true,"format_reward":${formatReward}}`;

const PPTX = { type: 'vm_file', path: '/a.pptx', dest: 'a.pptx' };
const UNSCORABLE_TASK = {
  ...INFEASIBLE_TASK,
  evaluator: { func: 'compare_pptx_files', result: PPTX, expected: PPTX },
};
const UNAVAILABLE = {
  code: 'E_EVALUATOR_UNAVAILABLE',
  detail: expect.stringContaining('compare_pptx_files'),
};

describe('POST /env/reset', () => {
  it('answers system, prompt and first screenshot, in this order, nothing else', async () => {
    await using it = await startTestServer();
    const instruction = 'Say $& {hello} to "the" desktop.';
    const answer = await it.client.reset({ ...INFEASIBLE_TASK, instruction });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(Number(answer.headers['content-length'])).toBe(Buffer.byteLength(answer.text));
    expect(answer.json()).toEqual({
      env_idx: 0,
      obs_messages: [
        text('system', SYSTEM_MESSAGE),
        text('user', uiTarsPrompt(instruction)),
        image(fixturePng('screen 0')),
      ],
      is_done: false,
      format_reward: 0,
    });
    expect(Object.keys(answer.json())).toEqual(['env_idx', 'obs_messages', 'is_done', 'format_reward']);
    expect(answer.text).toMatch(/,"is_done":false,"format_reward":0\.0\}$/);
  });

  it('takes what the trainer adds to a task, and a task without config', async () => {
    await using it = await startTestServer();
    const { config: _none, ...bare } = INFEASIBLE_TASK;
    const answer = await it.client.reset({ ...bare, domain: 'os', task_id: 'infeasible', snapshot: 'os' });
    expect(answer.status).toBe(200);
  });

  it('begins a new episode each time', async () => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    await it.client.step(FINISHED);
    const again = await it.client.reset(INFEASIBLE_TASK);
    expect(again.json()).toMatchObject({ is_done: false, obs_messages: { length: 3 } });
  });
});

describe('POST /env/step', () => {
  it('answers the whole history: what the model said, then the new screenshot', async () => {
    await using it = await startTestServer();
    const { obs_messages: first } = (await it.client.reset(INFEASIBLE_TASK)).json();
    const answer = await it.client.step(CLICK);
    expect(answer.json()).toEqual({
      env_idx: 0,
      obs_messages: [...first, text('assistant', addBoxToken(CLICK)), image(fixturePng('screen 1'))],
      is_done: false,
      format_reward: 0,
    });
    expect((await it.client.step(CLICK)).json().obs_messages).toHaveLength(7);
  });

  it.each([
    ['finished', FINISHED, '0.0'],
    ['call_user', CALL_USER, '0.0'],
    ['error_env', 'Thought: broken.\nAction: error_env()', '0.0'],
    ['no action', 'I do not know.', '-1.0'],
    ['an empty prediction', '', '-1.0'],
  ])('%s ends the episode: null messages, byte for byte', async (_name, prediction, formatReward) => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    expect((await it.client.step(prediction)).text).toBe(over(formatReward));
    const { history_messages: history } = (await it.client.history()).json();
    expect(history).toHaveLength(4);
    expect(history[3]).toEqual(text('assistant', addBoxToken(prediction)));
  });

  it('WAIT never ends an episode by itself, the 16th action does', async () => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    for (let step = 1; step < 16; step += 1) {
      expect((await it.client.step(WAIT)).json()).toMatchObject({ is_done: false });
    }
    expect((await it.client.get('/health')).json()).toMatchObject({ is_done: false, ended: null });
    expect((await it.client.step(WAIT)).text).toBe(over('0.0'));
    expect((await it.client.get('/health')).json()).toMatchObject({ is_done: true, ended: 'max-steps' });
  });

  it('keeps answering null after the end', async () => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    await it.client.step(FINISHED);
    expect((await it.client.step(CLICK)).text).toBe(over('0.0'));
    expect(it.provider.last.guest.executed).toHaveLength(1);
    expect((await it.client.get('/health')).json()).toMatchObject({ is_done: true, ended: 'model' });
  });
});

describe('POST /env/evaluate', () => {
  it('answers a bare float and does not touch the history', async () => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    expect((await it.client.evaluate()).text).toBe('0.0');
    await it.client.step(CALL_USER);
    const before = (await it.client.history()).text;
    expect(await it.client.evaluate()).toMatchObject({ status: 200, text: '1.0' });
    expect((await it.client.history()).text).toBe(before);
  });

  it.each([
    ['nothing', undefined, {}],
    ['an array', '[1]', {}],
    ['no JSON', 'x', {}],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('takes any body: %s', async (_name, body, headers) => {
    await using it = await startTestServer();
    await it.client.reset(INFEASIBLE_TASK);
    expect(await it.client.post('/env/evaluate', body ?? '', { headers })).toMatchObject({
      status: 200,
      text: '0.0',
    });
    expect(await it.client.post('/env/history_messages', body ?? '', { headers })).toMatchObject({
      status: 200,
    });
  });

  it('never answers a silent 0.0: 503 without an episode, 501 naming what is not available', async () => {
    const { evaluators } = configSchema.parse({ evaluators: { unscorable: 'play' } });
    await using it = await startTestServer({ evaluators });
    expect((await it.client.evaluate()).json()).toMatchObject({ status: 503, code: 'E_NOT_READY' });
    expect(await it.client.reset(UNSCORABLE_TASK)).toMatchObject({ status: 200 });
    const answer = await it.client.evaluate();
    expect(answer.status).toBe(501);
    expect(answer.json()).toMatchObject(UNAVAILABLE);
  });

  it('is never asked for what nobody can score: the reset answers that, and boots nothing', async () => {
    await using it = await startTestServer();
    const answer = await it.client.reset(UNSCORABLE_TASK);
    expect(answer.status).toBe(501);
    expect(answer.json()).toMatchObject(UNAVAILABLE);
    expect(it.provider.starts).toBe(0);
    expect((await it.client.get('/health')).json()).toMatchObject({ state: 'idle', judges: ['native'] });
  });

  it('answers 0.0 for an error where that is asked for', async () => {
    await using it = await startTestServer({ evaluateErrors: 'zero' });
    expect(await it.client.evaluate()).toMatchObject({ status: 200, text: '0.0' });
  });
});

describe('POST /env/history_messages', () => {
  it('answers an empty list before any episode and the whole history in one', async () => {
    await using it = await startTestServer();
    expect((await it.client.history()).text).toBe('{"history_messages":[]}');
    const { obs_messages } = (await it.client.reset(INFEASIBLE_TASK)).json();
    expect((await it.client.history()).json()).toEqual({ history_messages: obs_messages });
  });
});

describe('GET /health', () => {
  it('answers status and provider, whatever the env does', async () => {
    await using it = await startTestServer();
    expect((await it.client.get('/health')).json()).toMatchObject({
      status: 'ok',
      provider: 'sim',
      state: 'idle',
    });
  });
});

describe('?history=delta', () => {
  it('carries only what no earlier answer did', async () => {
    await using it = await startTestServer();
    const query = '?history=delta';
    const reset = (await it.client.reset(INFEASIBLE_TASK, { query })).json();
    expect(reset.obs_messages).toHaveLength(3);
    const step = (await it.client.step(CLICK, { query })).json();
    expect(step.obs_messages).toEqual([text('assistant', addBoxToken(CLICK)), image(fixturePng('screen 1'))]);
    expect((await it.client.history(query)).json()).toEqual({ history_messages: [] });
    expect((await it.client.step(FINISHED, { query })).json().obs_messages).toBeNull();
    expect((await it.client.history(query)).json()).toEqual({
      history_messages: [text('assistant', addBoxToken(FINISHED))],
    });
  });

  it('together gives what a full history is, also when both are mixed', async () => {
    await using it = await startTestServer();
    const query = '?history=delta';
    const parts = [(await it.client.reset(INFEASIBLE_TASK, { query })).json().obs_messages];
    parts.push((await it.client.step(CLICK, { query })).json().obs_messages);
    const full = (await it.client.step(CLICK)).json().obs_messages;
    expect(full.slice(0, 5)).toEqual(parts.flat());
    parts.push(full.slice(5), (await it.client.step(CLICK, { query })).json().obs_messages);
    expect(parts.flat()).toEqual((await it.client.history()).json().history_messages);
  });

  it('refuses another word', async () => {
    await using it = await startTestServer();
    expect(await it.client.history('?history=some')).toMatchObject({ status: 422 });
  });
});
