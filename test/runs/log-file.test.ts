import { appendFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogFile, followLines, logFiles, readTail } from '../../src/runs/log-file.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

test('the tail is the last lines, also of a file many chunks long and with a line over a chunk', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} — ünïcode`);
  lines.splice(19_990, 0, 'x'.repeat(200_000));
  using folder = new TemporaryFolder({ log: `${lines.join('\n')}\n` });
  const path = join(folder.path, 'log');
  for (const count of [0, 1, 9, 50, 15_000]) {
    const tail = await readTail(path, count);
    expect(tail.lines).toEqual(count === 0 ? [] : lines.slice(-count));
    expect(tail.end).toBe((await stat(path)).size);
  }
  expect((await readTail(path, 1_000_000)).lines).toEqual(lines);
});

test('an empty log has no lines', async () => {
  using folder = new TemporaryFolder({ log: '' });
  expect(await readTail(join(folder.path, 'log'), 10)).toEqual({ lines: [], end: 0 });
});

test('following yields each whole line that is appended, and ends with the signal', async () => {
  using folder = new TemporaryFolder({ log: 'before\n' });
  const path = join(folder.path, 'log');
  const abort = new AbortController();
  const lines = followLines(path, (await readTail(path, 0)).end, abort.signal);
  const next = async () => (await lines.next()).value;

  await appendFile(path, 'one\ntw');
  expect(await next()).toBe('one');
  await appendFile(path, 'o\n\nthree\n');
  expect([await next(), await next(), await next()]).toEqual(['two', '', 'three']);
  const last = lines.next();
  abort.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});

test('a new log is empty and its owner’s; old ones of that name go, unless they are in use', async () => {
  using folder = new TemporaryFolder();
  const old = Array.from({ length: 14 }, (_, index) => join(folder.path, `server-2026-01-${10 + index}.log`));
  for (const path of old) await writeFile(path, 'old');
  const other = folder.write('tunnel-2026-01-01.log', 'other');
  const inUse = old[1] ?? '';

  const { path, handle } = await createLogFile(folder.path, 'server', [inUse]);
  await handle.close();
  expect((await stat(path)).size).toBe(0);
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await logFiles(folder.path, 'server')).toEqual([path, ...old.slice(-9).reverse(), inUse]);
  expect(await logFiles(folder.path, 'tunnel')).toEqual([other]);
});
