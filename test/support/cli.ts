/** arpo-env as processes of its own, with a folder, a home and a registry of their own; nothing survives the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listRuns } from '../../src/runs/registry.js';
import type { Run } from '../../src/runs/run.js';
import { type StateFolder, stateFolder } from '../../src/runs/state-folder.js';
import { stopRuns } from '../../src/runs/stop.js';
import { eventually } from './eventually.js';
import { TemporaryFolder } from './temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));

export interface CliResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export class CliProcess {
  stdout = '';
  stderr = '';
  readonly #exited: Promise<unknown>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (bytes: Buffer) => {
      this.stdout += bytes;
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      this.stderr += bytes;
    });
    this.#exited = once(child, 'close');
  }

  /** Resolves with the match as soon as what it wrote to `stream` holds one. */
  async readUntil(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpMatchArray> {
    let match: RegExpMatchArray | null = null;
    await eventually(() => {
      match = this[stream].match(pattern);
      if (!match) throw new Error(`${pattern} not seen; stdout: ${this.stdout}\nstderr: ${this.stderr}`);
    });
    return match as unknown as RegExpMatchArray;
  }

  async waitForExit(): Promise<CliResult> {
    await this.#exited;
    return { exitCode: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }
}

export class CliSandbox implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly state: StateFolder;
  readonly #env: Record<string, string>;
  readonly #started: CliProcess[] = [];

  constructor(files: Record<string, string> = {}, env: Record<string, string> = {}) {
    this.folder = new TemporaryFolder(files);
    const home = this.folder.path;
    this.#env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      TMPDIR: home,
      ARPO_ENV_STATE_DIR: join(home, 'state'),
      ...env,
    };
    this.state = stateFolder(this.#env);
  }

  /** `cwd`: default the sandbox's folder. */
  start(
    args: readonly string[],
    env: Record<string, string> = {},
    cwd = this.folder.path,
    stdin: 'ignore' | 'pipe' = 'ignore',
  ): CliProcess {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { ...this.#env, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
    });
    const cli = new CliProcess(child);
    this.#started.push(cli);
    return cli;
  }

  run(args: readonly string[], env?: Record<string, string>, cwd?: string): Promise<CliResult> {
    return this.start(args, env, cwd).waitForExit();
  }

  /** With `input` typed into it, as if by a person. */
  answer(args: readonly string[], input: string): Promise<CliResult> {
    const cli = this.start(args, {}, this.folder.path, 'pipe');
    cli.child.stdin?.end(input);
    return cli.waitForExit();
  }

  /** What the registry says runs. */
  async runs(): Promise<Run[]> {
    return (await listRuns(this.state.runs)).running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#started) child.kill('SIGKILL');
    await Promise.all(this.#started.map((cli) => cli.waitForExit()));
    const { signal } = new AbortController();
    await stopRuns({
      folder: this.state.runs,
      selector: { kind: undefined, name: undefined },
      graceMs: 0,
      signal,
    });
    this.folder[Symbol.dispose]();
  }
}
