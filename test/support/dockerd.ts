/** A Docker daemon of the suite's own: its images are kept between runs, everything else of it ends with the suite. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { describeWith, findExecutable } from './components.js';
import { DATA_ROOT_NAME, dockerdArguments } from './dockerd-arguments.mjs';

const DATA_ROOT = join(tmpdir(), DATA_ROOT_NAME);
/** Where the machine's own daemon says that it runs. */
const SYSTEM_PID_FILE = '/var/run/docker.pid';

/** Like `describeWith('dockerd', …)`; a daemon of our own needs root, and the default bridge to itself. */
export function describeWithDockerd(title: string, suite: () => void): void {
  const need = missing();
  if (need === null) {
    describeWith('dockerd', title, suite);
  } else if (process.env.ARPO_ENV_E2E === 'require') {
    describe(title, () => void it(`needs ${need}`, () => expect.fail(`fix: ${need}`)));
  } else {
    describe.skipIf(true)(`${title} — needs ${need}`, suite);
  }
}

function missing(): string | null {
  if (process.getuid?.() !== 0) return 'root';
  const pid = existsSync(SYSTEM_PID_FILE) ? readFileSync(SYSTEM_PID_FILE, 'utf8').trim() : '';
  return pid && existsSync(`/proc/${pid}`)
    ? "the machine's own dockerd stopped (systemctl stop docker)"
    : null;
}

/** $0 is the range; dockerd reads it once, when it starts. */
const NARROW = 'ip link set lo up && echo "$0" > /proc/sys/net/ipv4/ip_local_port_range && exec "$@"';

export interface DockerdOptions {
  /** Default: a folder that is kept between runs. */
  dataRoot?: string;
  /** Containers reach nothing and nobody reaches them: for a second daemon next to another. */
  withoutNetwork?: boolean;
  /** First and last of the ports that Docker chooses from; only with `withoutNetwork`. */
  portRange?: string;
  /** Further flags, such as `-H tcp://127.0.0.1:2376`. */
  flags?: readonly string[];
}

export class TestDockerd implements AsyncDisposable {
  readonly api: Docker;
  #process: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    private readonly options: DockerdOptions,
  ) {
    this.api = new Docker({ socketPath: this.socket });
  }

  static async start(options: DockerdOptions = {}): Promise<TestDockerd> {
    const daemon = new TestDockerd(await mkdtemp(join(tmpdir(), 'arpo-dockerd-')), options);
    await mkdir(DATA_ROOT, { recursive: true });
    try {
      await daemon.up();
      await daemon.clear();
    } catch (error) {
      const log = await readFile(join(daemon.folder, 'log'), 'utf8');
      await daemon[Symbol.asyncDispose]();
      throw new Error(`dockerd did not come up: ${log.slice(-1000)}`, { cause: error });
    }
    return daemon;
  }

  get #start() {
    return dockerdArguments(this.folder, this.options.dataRoot ?? DATA_ROOT);
  }

  get socket(): string {
    return this.#start.socket;
  }

  /** What a program needs in order to use this daemon and nothing else of the machine's Docker. */
  get env(): NodeJS.ProcessEnv {
    const { DOCKER_CONTEXT: _, DOCKER_TLS_VERIFY: __, DOCKER_CERT_PATH: ___, ...rest } = process.env;
    return { ...rest, DOCKER_HOST: `unix://${this.socket}`, DOCKER_CONFIG: this.folder };
  }

  async up(): Promise<void> {
    const executable = findExecutable('dockerd') ?? 'dockerd';
    const { withoutNetwork, portRange, flags = [] } = this.options;
    // A run that is killed takes its daemon with it.
    const bound = ['--pdeathsig', 'TERM', '--'];
    // A daemon told to have no bridge would delete the one that another daemon uses; in a namespace it sees none.
    const apart = withoutNetwork ? ['unshare', '--net'] : [];
    const narrow = portRange === undefined ? [] : ['sh', '-c', NARROW, portRange];
    const log = openSync(join(this.folder, 'log'), 'a');
    this.#process = spawn(
      'setpriv',
      [...bound, ...apart, ...narrow, executable, ...this.#start.args, ...flags],
      {
        stdio: ['ignore', log, log],
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
      },
    );
    closeSync(log);
    await vi.waitFor(() => this.api.ping(), { timeout: 60_000, interval: 100 });
  }

  /** SIGTERM: running containers are stopped, as by `systemctl stop docker`. */
  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  /** Names of all containers, volumes and networks there are, Docker's own networks aside. */
  async everything(): Promise<string[]> {
    const [containers, { Volumes }, networks] = await this.lists();
    return [
      ...containers.map(({ Names, Id }) => `container ${Names[0] ?? Id}`),
      ...Volumes.map(({ Name }) => `volume ${Name}`),
      ...networks.map(({ Name }) => `network ${Name}`),
    ].sort();
  }

  private async lists() {
    const [containers, volumes, networks] = await Promise.all([
      this.api.listContainers({ all: true }),
      this.api.listVolumes(),
      this.api.listNetworks(),
    ]);
    const own = networks.filter(({ Name }) => !['bridge', 'host', 'none'].includes(Name));
    return [containers, volumes, own] as const;
  }

  /** Removes all but the images: what a suite made, and what a run that was killed left in the data root. */
  private async clear(): Promise<void> {
    await vi.waitFor(
      async () => {
        const [containers, { Volumes }, networks] = await this.lists();
        for (const { Id } of containers) await this.api.getContainer(Id).remove({ force: true, v: true });
        for (const { Name } of Volumes) await this.api.getVolume(Name).remove();
        for (const { Id } of networks) await this.api.getNetwork(Id).remove();
        expect(await this.everything()).toEqual([]);
      },
      { timeout: 60_000, interval: 200 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isUp = await this.api.ping().then(
      () => true,
      () => false,
    );
    try {
      if (isUp) await this.clear();
    } finally {
      await this.down();
      if (!this.options.withoutNetwork) await execa('ip', ['link', 'delete', 'docker0'], { reject: false });
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
