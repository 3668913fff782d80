import { expect, test } from 'vitest';
import { createLogger, logLineFormatter } from '../../src/ui/logger.js';

function logged(level: 'debug' | 'warn', secrets: string[] = []) {
  const lines: string[] = [];
  const logger = createLogger(level, { secrets, stream: { write: (line) => void lines.push(line) } });
  return { logger, lines };
}

test('a line is one JSON document with level, time and message', () => {
  const { logger, lines } = logged('debug');
  logger.info({ env: 2 }, 'reset\ndone');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    env: 2,
    msg: 'reset\ndone',
  });
});

test('the level is kept', () => {
  const { logger, lines } = logged('warn');
  logger.info('no');
  logger.warn('yes');
  expect(lines).toHaveLength(1);
});

test.each(['s3cret', 'with "quotes" and \\'])(
  'no line holds the secret %s, wherever it came from',
  (secret) => {
    const { logger, lines } = logged('debug', [secret]);
    logger.error(
      { err: new Error(`401 for ${secret}`), headers: { authorization: `Bearer ${secret}` } },
      secret,
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: '***',
      headers: { authorization: 'Bearer ***' },
    });
    expect(lines.join()).not.toContain(JSON.stringify(secret).slice(1, -1));
  },
);

test('a line of a log file becomes what a terminal shows; other lines stay', async () => {
  const format = await logLineFormatter(false);
  const { logger, lines } = logged('debug');
  logger.warn({ env: 0 }, 'slow');
  expect(format((lines[0] ?? '').trim())).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: slow \{"env":0\}$/);
  expect(format('Traceback (most recent call last):')).toBe('Traceback (most recent call last):');
  expect(format('{"url":"http://127.0.0.1:1"}')).toBe('{"url":"http://127.0.0.1:1"}');
});

test('nothing that steers a terminal is in a line, whoever made the text', async () => {
  const { logger, lines } = logged('debug');
  const said = 'a\x1b]0;x\x07\x9b2J\u202eb\n[12:00:00] INFO: all is well';
  logger.warn({ message: said, err: new Error(said) }, said);
  const steering = /(?!\n)[\p{Cc}\u202e]/u;
  expect(lines[0]?.trimEnd()).not.toMatch(steering);
  expect(JSON.parse(lines[0] ?? '').msg).toBe(said);
  const shown = (await logLineFormatter(false))(lines[0]?.trimEnd() ?? '');
  expect(shown).not.toMatch(steering);
  expect(shown).not.toMatch(/^\[12:00:00/m);
});
