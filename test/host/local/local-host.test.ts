import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Argv, FollowOptions } from '../../../src/host/host.js';
import { localHost } from '../../../src/host/local/local-host.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const { signal } = new AbortController();
const machine = localHost(process.env);

async function followed(argv: Argv, options: Partial<FollowOptions> = {}) {
  const seen: string[] = [];
  const outcome = await machine.follow(argv, { signal, onLine: (line) => seen.push(line), ...options });
  return { ...outcome, seen };
}

describe('following', () => {
  it('reports each line, also those that overwrite themselves', async () => {
    const { exitCode, seen } = await followed(['printf', '10%%\r20%%\r30%%\ndone']);
    expect(exitCode).toBe(0);
    expect(seen).toEqual(['10%', '20%', '30%', 'done']);
  });

  it('answers exit code and last lines of what failed', async () => {
    const { exitCode, lines } = await followed(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(exitCode).toBe(7);
    expect(lines).toEqual(expect.arrayContaining(['out', 'err']));
  });

  it('calls a missing program exit code 127 and says its name', async () => {
    const { exitCode, lines } = await followed(['no-such-program-here']);
    expect(exitCode).toBe(127);
    expect(lines.join()).toContain('no-such-program-here');
  });

  it('ends what runs past its limit', async () => {
    const { exitCode } = await followed(['sleep', '60'], { timeoutMs: 50 });
    expect(exitCode).toBeNull();
  });

  it('throws the reason of an abort and ends the program', async () => {
    const controller = new AbortController();
    const running = followed(['sh', '-c', 'echo started; exec sleep 60'], {
      signal: controller.signal,
      onLine: () => controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });

  it.runIf(process.platform === 'linux')(
    'hands input over as a file, which install can open as /dev/stdin',
    async () => {
      using folder = new TemporaryFolder();
      const path = join(folder.path, "it's a folder", 'file');
      const input = "$HOME `id` 'quoted' \\ äöü\n";
      const { exitCode } = await followed(['install', '-D', '-m', '0600', '/dev/stdin', path], { input });
      expect(exitCode).toBe(0);
      expect(readFileSync(path, 'utf8')).toBe(input);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );
});

describe('running', () => {
  it('answers output in English', async () => {
    const argv: Argv = ['sh', '-c', 'echo $LC_ALL; echo no >&2; exit 3'];
    expect(await machine.run(argv, { signal })).toEqual({ exitCode: 3, stdout: 'C', stderr: 'no' });
  });

  it('answers 127 for a missing program, and 128 and its number for a signal', async () => {
    expect(await machine.run(['no-such-program-here'], { signal })).toMatchObject({ exitCode: 127 });
    expect(await machine.run(['sh', '-c', 'kill -TERM $$'], { signal })).toMatchObject({ exitCode: 143 });
  });

  it('answers null for what is ended for its time, or for how much it writes', async () => {
    expect((await machine.run(['sleep', '60'], { signal, timeoutMs: 50 })).exitCode).toBeNull();
    expect((await machine.run(['yes'], { signal, timeoutMs: 60_000 })).exitCode).toBeNull();
  });

  it('takes input, folder and variables', async () => {
    using folder = new TemporaryFolder();
    const argv: Argv = ['sh', '-c', 'cat; echo "$X"; pwd -P'];
    const { stdout } = await machine.run(argv, { signal, input: 'in\n', cwd: folder.path, env: { X: '1' } });
    expect(stdout.split('\n').slice(0, 2)).toEqual(['in', '1']);
    expect(stdout).toContain(folder.path);
  });
});

describe('files', () => {
  it('are looked at, and what is missing is null', async () => {
    using folder = new TemporaryFolder({ a: '123', 'b/c': '12345' });
    const at = (name: string) => join(folder.path, name);
    expect(await machine.stat(at('a'))).toMatchObject({ kind: 'file', size: 3 });
    expect(await machine.stat(at('b'))).toMatchObject({ kind: 'folder' });
    expect(await machine.stat(at('d'))).toBeNull();
    expect([await machine.exists(at('a')), await machine.exists(at('d'))]).toEqual([true, false]);
    expect([await machine.list(at('b')), await machine.list(at('d'))]).toEqual([['c'], []]);
    expect([await machine.readText(at('a')), await machine.readText(at('d'))]).toEqual(['123', null]);
    expect([await machine.readEnd(at('b/c'), 2), await machine.readEnd(at('d'), 2)]).toEqual(['45', null]);
  });

  it('have the free space of the nearest folder that exists', async () => {
    using folder = new TemporaryFolder();
    expect(await machine.freeBytes(folder.path)).toBeGreaterThan(0);
    expect(await machine.freeBytes(join(folder.path, 'not/there/yet'))).toBeGreaterThan(0);
  });
});
