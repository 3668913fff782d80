/** `arpo-env` in the foreground, to be killed: as whichever user, with whichever control groups, and with what it leaves in view. */
import { spawn } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { EnvClient } from '../../src/env-api/client.js';
import { sendSignal } from '../../src/host/process.js';
import { descendants } from '../../src/host/process-table.js';
import { CliProcess, type CliResult } from './cli.js';
import { eventually } from './eventually.js';
import { TemporaryFolder } from './temporary-folder.js';
import { Traces } from './traces.js';

const BIN = fileURLToPath(new URL('../../bin/arpo-env.js', import.meta.url));
/** Only ends a test that fails. */
const START_LIMIT_MS = 150_000;
/** Nobody's. */
const UID = 62_345;

/** Run by root, in a mount namespace that goes with what is run. */
const HIDDEN = {
  'version 2': `for path in $(grep ' cgroup2 ' /proc/self/mounts | cut -d' ' -f2); do umount -l "$path"; done; exec "$@"`,
  all: 'umount -R -l /sys/fs/cgroup; exec "$@"',
};

export interface How {
  /** An ordinary one needs root's rights to become it. Default: this one. */
  user?: 'ordinary';
  /** Control groups that it does not see. Default: none. */
  hidden?: keyof typeof HIDDEN;
  env?: Record<string, string>;
}

export class Foreground implements AsyncDisposable {
  readonly traces: Traces;
  readonly cli: CliProcess;
  readonly #folder: TemporaryFolder;
  readonly #how: How;

  constructor(args: readonly string[], how: How = {}) {
    this.#how = how;
    this.#folder = new TemporaryFolder();
    mkdirSync(this.#temporary);
    this.traces = new Traces(join(this.#state, 'desktops'), this.#temporary);
    if (how.user === 'ordinary')
      for (const path of [this.#folder.path, this.#temporary]) chownSync(path, UID, UID);
    this.cli = this.#start(args);
  }

  get pid(): number {
    return this.cli.child.pid ?? 0;
  }

  /** Another command, beside it. */
  start(...args: string[]): CliProcess {
    return this.#start(args);
  }

  run(...args: string[]): Promise<CliResult> {
    return this.#start(args).waitForExit();
  }

  /** Resolves once it has said where. */
  async listening(): Promise<void> {
    await eventually(() => expect(this.cli.stdout).toMatch(/^\{.*\}$/m), START_LIMIT_MS);
  }

  /** The env server that it is, once no desktop boots any more and one is there. */
  async ready(): Promise<EnvClient> {
    await this.listening();
    const { url } = JSON.parse(this.cli.stdout) as { url: string };
    const client = new EnvClient(new URL(url), { signal: new AbortController().signal });
    // How many are ready is not the same at every look: two can become it between two of them.
    const isReady = async () =>
      expect(await client.health()).toMatchObject({
        health: { standby: { ready: expect.toSatisfy((ready: number) => ready > 0), booting: 0 } },
      });
    await eventually(isReady, START_LIMIT_MS);
    await this.traces.note(this.pid);
    return client;
  }

  /** Whatever a failed test has left. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.cli.child.exitCode === null && this.cli.child.signalCode === null)
      console.error(`still running at the end of the test: ${this.cli.stderr.slice(-3000)}`);
    const left = [this.pid, ...(await descendants(this.pid)), ...(await this.traces.processes())];
    for (const pid of left) sendSignal(pid, 'SIGKILL');
    await this.cli.waitForExit();
    this.#folder[Symbol.dispose]();
  }

  get #temporary(): string {
    return join(this.#folder.path, 'tmp');
  }

  get #state(): string {
    return join(this.#folder.path, 'state');
  }

  #start(args: readonly string[]): CliProcess {
    const { user, hidden, env } = this.#how;
    const [program = '', ...rest] = [
      ...(hidden === undefined ? [] : ['unshare', '--mount', '--', 'sh', '-c', HIDDEN[hidden], 'sh']),
      ...(user === undefined ? [] : ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--']),
      ...[process.execPath, BIN, ...args],
    ];
    return new CliProcess(
      spawn(program, rest, {
        cwd: this.#folder.path,
        // The leader of a group, as a shell makes it.
        detached: true,
        env: {
          PATH: process.env.PATH,
          HOME: this.#folder.path,
          TMPDIR: this.#temporary,
          ARPO_ENV_STATE_DIR: this.#state,
          ...this.traces.variables,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }
}
