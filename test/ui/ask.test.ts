import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askAtTerminal } from '../../src/ui/ask.js';

function terminal(echo: boolean, signal = AbortSignal.timeout(10_000)) {
  const input = new PassThrough();
  const output = new PassThrough();
  let screen = '';
  output.on('data', (chunk) => {
    screen += chunk;
  });
  const answer = askAtTerminal({ text: 'Which? ', echo, input, output }, signal);
  return { input, answer, screen: () => screen };
}

describe('a question', () => {
  it('shows what is typed', async () => {
    const { input, answer, screen } = terminal(true);
    input.write('yes\r');
    expect(await answer).toBe('yes');
    expect(screen()).toContain('Which? ');
    expect(screen()).toContain('yes');
  });

  it('for a secret shows nothing of it, and takes a typing error back', async () => {
    const { input, answer, screen } = terminal(false);
    input.write('pass phraze\x7f\x7fse\r');
    expect(await answer).toBe('pass phrase');
    expect(screen()).toBe('Which? \n');
  });

  it('has no answer when the input ends', async () => {
    const { input, answer } = terminal(false);
    input.end();
    expect(await answer).toBeNull();
  });

  it('ends with the signal, and listens no more', async () => {
    const stop = new AbortController();
    const { input, answer } = terminal(false, stop.signal);
    stop.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(input.listenerCount('keypress')).toBe(0);
  });
});
