import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { asUser, writeFile } from '../../src/setup/command.js';
import { localSystem } from '../../src/setup/local-system.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const { signal } = new AbortController();
const system = localSystem({ isRoot: true, signal });

async function runLines(...[command]: [Parameters<typeof system.run>[0]]) {
  const lines: string[] = [];
  const failure = await system.run(command, { signal, onLine: (line) => lines.push(line) });
  return { failure, lines };
}

describe('running', () => {
  it('reports each line, also those that overwrite themselves', async () => {
    const { failure, lines } = await runLines(asUser(['printf', '10%%\r20%%\r30%%\ndone']));
    expect(failure).toBeNull();
    expect(lines).toEqual(['10%', '20%', '30%', 'done']);
  });

  it('answers exit code and last lines of what failed', async () => {
    const { failure } = await runLines(asUser(['sh', '-c', 'echo out; echo err >&2; exit 7']));
    expect(failure).toMatchObject({ exitCode: 7, lines: expect.arrayContaining(['out', 'err']) });
  });

  it('calls a missing program exit code 127 and says its name', async () => {
    const { failure } = await runLines(asUser(['no-such-program-here']));
    expect(failure?.exitCode).toBe(127);
    expect(failure?.lines.join()).toContain('no-such-program-here');
  });

  it('ends what runs past its limit', async () => {
    const { failure } = await runLines(asUser(['sleep', '60'], { limitMs: 50 }));
    expect(failure?.exitCode).toBeNull();
  });

  it('throws the reason of an abort and ends the program', async () => {
    const controller = new AbortController();
    const running = system.run(asUser(['sh', '-c', 'echo started; exec sleep 60']), {
      signal: controller.signal,
      onLine: () => controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });

  it.runIf(process.platform === 'linux')(
    'writes a file with its folders, its mode and any text',
    async () => {
      using folder = new TemporaryFolder();
      const path = join(folder.path, "it's a folder", 'file');
      const text = "$HOME `id` 'quoted' \\ äöü\n";
      expect((await runLines(writeFile('user', path, text, '0600'))).failure).toBeNull();
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );
});

describe('asking', () => {
  it('answers output in English', async () => {
    expect(await system.query(asUser(['sh', '-c', 'echo $LC_ALL; echo no >&2; exit 3']))).toEqual({
      exitCode: 3,
      stdout: 'C',
      stderr: 'no',
    });
  });

  it('answers 127 for a missing program', async () => {
    expect(await system.query(asUser(['no-such-program-here']))).toMatchObject({ exitCode: 127 });
  });
});

test('sizes: a file, what lies right in a folder, nothing', async () => {
  using folder = new TemporaryFolder({ a: '123', 'b/c': '12345' });
  expect(await system.sizeOf(join(folder.path, 'a'))).toBe(3);
  expect(await system.sizeOf(join(folder.path, 'b'))).toBe(5);
  expect(await system.sizeOf(join(folder.path, 'd'))).toBeNull();
});

test('free space is that of the nearest folder that exists', async () => {
  using folder = new TemporaryFolder();
  const here = await system.freeBytes(folder.path);
  expect(here).toBeGreaterThan(0);
  expect(await system.freeBytes(join(folder.path, 'not/there/yet'))).toBeGreaterThan(0);
});
