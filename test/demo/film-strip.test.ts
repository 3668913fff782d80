import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareFolder, writeFilmStrip, writeScreenshot } from '../../src/demo/film-strip.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arpo-film-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('makes the folder with its parents, once or twice', async () => {
  const path = join(folder, 'a/b');
  expect(await prepareFolder(path)).toBe(path);
  expect(await prepareFolder(path)).toBe(path);
});

test('a folder that cannot be made is said with its fix', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(prepareFolder(join(folder, 'file/out'))).rejects.toMatchObject({
    code: 'E_NO_PERMISSION',
    message: expect.stringContaining(join(folder, 'file/out')),
    fix: expect.stringContaining('--out'),
  });
});

test.runIf(process.platform === 'linux')('below /proc, where mkdir -p never ends, too', async () => {
  await expect(prepareFolder('/proc/arpo-env-demo')).rejects.toMatchObject({ code: 'E_NO_PERMISSION' });
});

test('the page shows every frame, and text of a model stays text', async () => {
  const file = await writeScreenshot(folder, 0, Buffer.from('png'));
  const frames = [
    { action: 'reset', thought: '', latencyMs: 1, file },
    { action: "type(content='<script>')", thought: 'a & b', latencyMs: 2.4, file: null },
  ];
  const html = await readFile(
    await writeFilmStrip(folder, frames, { instruction: 'Say "hi"', reward: 1 }),
    'utf8',
  );
  expect(html).toContain('src="step-00.png"');
  expect(html).toContain('the episode ended here');
  expect(html).toContain('type(content=&#39;&#60;script&#62;&#39;)');
  expect(html).not.toContain('<script>');
  expect(html).toContain('reward 1.0');
});
