import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openPrompt } from '../../src/ui/prompt.js';

function terminal(signal = new AbortController().signal) {
  const input = new PassThrough();
  const output = new PassThrough();
  return { input, output, prompt: openPrompt({ signal, input, output }) };
}

test('the question goes out, the line that is typed comes back', async () => {
  const { input, output, prompt } = terminal();
  using _ = prompt;
  const answer = prompt.ask('name? ');
  input.write('deepx\n');
  expect(await answer).toBe('deepx');
  expect(String(output.read())).toContain('name? ');
});

test('the end of the input is an error, also for the next question', async () => {
  const { input, prompt } = terminal();
  using _ = prompt;
  const answer = prompt.ask('name? ');
  input.end();
  const ended = { code: 'E_USAGE', message: 'the input ended before every question was answered' };
  await expect(answer).rejects.toMatchObject(ended);
  await expect(prompt.ask('port? ')).rejects.toMatchObject(ended);
});

test('an abort ends the question with its reason', async () => {
  const controller = new AbortController();
  const { prompt } = terminal(controller.signal);
  using _ = prompt;
  const answer = prompt.ask('name? ');
  const reason = new Error('stopped');
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
});
