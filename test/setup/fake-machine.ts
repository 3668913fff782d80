/** The fake machine with a step's context around it: answers questions from a table, carries out commands by changing that table. */
import { configSchema } from '../../src/config/schema.js';
import type { Argv, Followed, FollowOptions, RunOptions, RunResult } from '../../src/host/host.js';
import type { MachineFacts } from '../../src/setup/machine.js';
import type { Report } from '../../src/setup/run-command.js';
import type { SetupSettings } from '../../src/setup/settings.js';
import type { SetupContext } from '../../src/setup/step.js';
import { FakeHost } from '../support/fake-host.js';

/** Reports to nobody. */
export const SILENT: Report = { line: () => {}, progress: () => {} };

const FACTS: MachineFacts = {
  platform: 'linux',
  arch: 'x64',
  distro: { id: 'ubuntu', version: '22.04', codename: 'jammy', name: 'Ubuntu 22.04.5 LTS' },
  memoryBytes: 8e9,
  cores: 4,
  container: null,
  vmware: false,
  systemd: true,
  user: { name: 'user', uid: 1000, home: '/home/user' },
  sudoUser: null,
  proxy: {},
};

const SETTINGS: SetupSettings = {
  usesDocker: true,
  usesXDisplay: false,
  provider: 'docker',
  dockerSource: 'docker',
  dockerAptUrl: 'https://download.docker.com/linux',
  image: 'happysixd/osworld-docker',
  repo: { url: 'https://git.example/repo.git', branch: null, dir: '/home/user/repo' },
  skipPackages: ['vllm', 'flash-attn'],
  pipIndexUrl: null,
  evaluatorSet: 'core',
  evaluators: configSchema.parse({}).evaluators,
  qcow2: {
    path: '/home/user/VMs/Ubuntu.qcow2',
    given: false,
    url: 'https://images.example/Ubuntu.qcow2.zip',
    sha256: null,
  },
  configFile: '/home/user/arpo-env.config.yaml',
  server: { host: '127.0.0.1', port: 18082 },
  tunnelHost: null,
  offline: null,
};

export interface FakeOptions {
  facts?: Partial<MachineFacts>;
  settings?: Partial<SetupSettings>;
  signal?: AbortSignal;
}

type Answer = Partial<RunResult>;

export class FakeMachine extends FakeHost {
  override freeSpace = 1e12;
  /** Command lines that ran, in order, with `sudo ` before those as root. */
  readonly ran: string[] = [];
  /** Who holds apt's lock, asked again and again; the last one stays. */
  lockHolders: ({ pid: number; name: string } | null)[] = [null];
  readonly context: SetupContext;
  readonly #answers: [RegExp, Answer | (() => Answer)][] = [];
  readonly #effects: [RegExp, () => Partial<Followed> | void][] = [];

  constructor({ facts, settings, signal = new AbortController().signal }: FakeOptions = {}) {
    super();
    this.context = {
      facts: { ...FACTS, ...facts },
      settings: { ...SETTINGS, ...settings },
      machine: this.toHost(),
      services: {
        render: async ({ kind, args }) => ({
          path: `/etc/systemd/system/arpo-env-${kind}.service`,
          text: `${[kind, ...args].join(' ')}\n`,
        }),
      },
      signal,
    };
  }

  /** Later answers win. What nobody answers has exit code 127. */
  onQuery(line: RegExp, answer: Answer | (() => Answer)): this {
    this.#answers.unshift([line, answer]);
    return this;
  }

  /** What a command does; what it returns is its failure. A command that nobody knows succeeds. */
  onRun(line: RegExp, effect: () => Partial<Followed> | void): this {
    this.#effects.unshift([line, effect]);
    return this;
  }

  protected override run(argv: Argv, options: RunOptions): RunResult {
    const line = argv.join(' ');
    const answer = this.#answers.find(([pattern]) => pattern.test(line))?.[1];
    if (answer === undefined) return super.run(argv, options);
    return { exitCode: 0, stdout: '', stderr: '', ...(typeof answer === 'function' ? answer() : answer) };
  }

  protected override follow(argv: Argv, { signal, onLine, ...how }: FollowOptions): Followed {
    signal.throwIfAborted();
    const line = argv.join(' ');
    this.ran.push(`${how.as === 'root' ? 'sudo ' : ''}${line}`);
    onLine(`output of ${argv[0]}`);
    if (argv[0] === 'install' && how.input !== undefined) this.files[argv.at(-1) ?? ''] = how.input;
    const failure = this.#effects.find(([pattern]) => pattern.test(line))?.[1]();
    return failure ? { exitCode: 1, lines: [], ...failure } : { exitCode: 0, lines: [] };
  }

  protected override read(path: string): string | null {
    return path === '/proc/locks' ? this.#locks() : super.read(path);
  }

  /** As the kernel shows who has locked dpkg's file. */
  #locks(): string {
    const holder = this.lockHolders.length > 1 ? this.lockHolders.shift() : this.lockHolders[0];
    if (!holder) return '';
    this.files['/var/lib/dpkg/lock-frontend'] = '';
    this.files[`/proc/${holder.pid}/comm`] = `${holder.name}\n`;
    const { inode } = this.statOf('/var/lib/dpkg/lock-frontend') ?? {};
    return `1: POSIX  ADVISORY  WRITE ${holder.pid} 08:02:${inode} 0 EOF\n`;
  }
}
