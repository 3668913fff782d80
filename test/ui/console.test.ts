import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { Console } from '../../src/ui/console.js';

const problem = { code: 'E_USAGE', message: 'no such thing', fix: 'see --help' } as const;

function captured(json: boolean) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const read = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? '';
  return {
    console: new Console({ json, color: true, stdout, stderr }),
    stdout: () => read(stdout),
    stderr: () => read(stderr),
  };
}

test('for a person: results on stdout, an error and its fix on stderr, no colour without a TTY', () => {
  const { console, stdout, stderr } = captured(false);
  console.result('42');
  console.document({ answer: 42 });
  console.error(problem);
  expect(stdout()).toBe('42\n');
  expect(stderr()).toBe('✗ no such thing\n→ see --help\n');
});

test('for a machine: only documents on stdout, errors too', () => {
  const { console, stdout, stderr } = captured(true);
  console.result('42');
  console.document({ answer: 42 });
  console.error(problem);
  expect(stdout()).toBe(`{"answer":42}\n${JSON.stringify({ error: problem })}\n`);
  expect(stderr()).toBe('');
});

test('a TTY without columns gets plain lines, and may still be asked', async () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 0 });
  const console = new Console({ json: false, color: false, stdout: new PassThrough(), stderr });
  (await console.progress('booting')).succeed('ready');
  expect(String(stderr.read())).toBe('… booting\n✓ ready\n');
  expect(console.interactive).toBe(!process.env.CI);
});

test('without a TTY progress is plain lines, each said once', async () => {
  const { console, stderr } = captured(false);
  const progress = await console.progress('booting');
  progress.update('booting');
  progress.update('kernel');
  progress.succeed('ready');
  expect(stderr()).toBe('… booting\n… kernel\n✓ ready\n');
});

test('results know the width of a terminal, and that a pipe has none', () => {
  const widthOn = (stdout: object) =>
    new Console({ json: false, color: false, stdout: Object.assign(new PassThrough(), stdout) }).columns;
  expect(widthOn({ isTTY: true, columns: 40 })).toBe(40);
  expect(widthOn({ isTTY: true, columns: 0 })).toBeUndefined();
  expect(widthOn({})).toBeUndefined();
});

test('progress that stops leaves the word to what follows', async () => {
  const { console, stderr } = captured(false);
  (await console.progress('booting')).stop();
  expect(stderr()).toBe('… booting\n');
});

test.each([
  ['xterm', true],
  ['dumb', false],
])('on a terminal of the kind %s colour is %s', (kind, isColoured) => {
  vi.stubEnv('TERM', kind);
  vi.stubEnv('NO_COLOR', undefined);
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 0 });
  new Console({ json: false, color: true, stdout: new PassThrough(), stderr }).error(problem);
  vi.unstubAllEnvs();
  expect(String(stderr.read()) !== '✗ no such thing\n→ see --help\n').toBe(isColoured);
});
