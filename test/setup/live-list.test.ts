import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { openStepView } from '../../src/setup/live-list.js';
import type { SetupEvent } from '../../src/setup/setup.js';
import { image } from '../../src/setup/steps/image.js';
import { Console } from '../../src/ui/console.js';

/** What stands on stderr without a terminal. */
async function linesOf(...events: SetupEvent[]): Promise<string[]> {
  const stderr = new PassThrough();
  const console = new Console({ json: false, color: false, stdout: new PassThrough(), stderr });
  {
    await using view = openStepView([image], console);
    for (const event of events) view.onEvent(event);
  }
  return String(stderr.read() ?? '')
    .trimEnd()
    .split('\n');
}

const progress = (fraction: number | null, text: string): SetupEvent => ({
  step: 'image',
  state: 'progress',
  progress: { fraction, text },
});

it('without a terminal shows every tenth part once', async () => {
  const parts = [0, 0.04, 0.1, 0.19, 0.35, 0.36, 1];
  expect(
    await linesOf(
      { step: 'image', state: 'running' },
      { step: 'image', state: 'line', text: '$ docker pull x' },
      ...parts.map((part) => progress(part, `${part * 100} MB`)),
      progress(null, '7 MB'),
      { step: 'image', state: 'changed', note: 'x is here' },
    ),
  ).toEqual([
    '… Desktop image',
    '  10 %, 10 MB',
    '  35 %, 35 MB',
    '  100 %, 100 MB',
    '✓ Desktop image: x is here',
  ]);
});

it('says what it waits for, and that a step has failed', async () => {
  expect(
    await linesOf(
      { step: 'image', state: 'line', text: 'waiting for apt, which pid 7 (apt) has locked' },
      { step: 'image', state: 'failed', note: 'no' },
    ),
  ).toEqual(['  waiting for apt, which pid 7 (apt) has locked', '✗ Desktop image']);
});
