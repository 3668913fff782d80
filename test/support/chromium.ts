/** A real Chromium, headless, with CDP on a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { findExecutable } from './components.js';

export class Chromium implements AsyncDisposable {
  private constructor(
    readonly cdp: URL,
    readonly profile: string,
    readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'arpo-env-chromium-'));
    const flags = ['--headless', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
    const chromium = spawn(findExecutable('chromium') ?? 'chromium', [...flags, 'about:blank'], {
      stdio: 'ignore',
    });
    const port = await vi.waitFor(
      async () => {
        const [line = ''] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n');
        expect(line).toMatch(/^\d+$/);
        return line;
      },
      { timeout: 60_000, interval: 50 },
    );
    return new Chromium(new URL(`http://127.0.0.1:${port}/`), profile, chromium);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await exited;
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
