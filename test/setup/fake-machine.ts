/** A machine that exists in memory: answers questions from a table, carries out commands by changing that table. */
import type { KvmFacts } from '../../src/host/kvm/facts.js';
import type { Report } from '../../src/setup/carry-out.js';
import type { Command } from '../../src/setup/command.js';
import type { MachineFacts } from '../../src/setup/machine.js';
import type { SetupSettings } from '../../src/setup/settings.js';
import type { CommandFailure, QueryResult, SetupContext, System } from '../../src/setup/step.js';

/** Reports to nobody. */
export const SILENT: Report = { line: () => {}, progress: () => {} };

export const KVM_USABLE: KvmFacts = {
  platform: 'linux',
  arch: 'x64',
  device: { state: 'usable' },
  cpuFlag: 'vmx',
  kvmModule: true,
  nested: true,
  isVirtualMachine: true,
};

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
  provider: 'docker',
  dockerSource: 'docker',
  dockerAptUrl: 'https://download.docker.com/linux',
  image: 'happysixd/osworld-docker',
  repo: { url: 'https://git.example/repo.git', branch: null, dir: '/home/user/repo' },
  skipPackages: ['vllm', 'flash-attn'],
  pipIndexUrl: null,
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

type Answer = Partial<QueryResult>;

export class FakeMachine {
  /** Path → content. */
  readonly files = new Map<string, string>();
  /** Command lines that ran, in order, with `sudo ` before those as root. */
  readonly ran: string[] = [];
  readonly commands: Command[] = [];
  freeBytes = 1e12;
  kvm: KvmFacts = KVM_USABLE;
  /** Who holds apt's lock, asked again and again; the last one stays. */
  lockHolders: (string | null)[] = [null];
  readonly context: SetupContext;
  private readonly answers: [RegExp, Answer | (() => Answer)][] = [];
  private readonly effects: [RegExp, () => Partial<CommandFailure> | void][] = [];

  constructor({ facts, settings, signal = new AbortController().signal }: FakeOptions = {}) {
    this.context = {
      facts: { ...FACTS, ...facts },
      settings: { ...SETTINGS, ...settings },
      system: this.system(),
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
    this.answers.unshift([line, answer]);
    return this;
  }

  /** What a command does; what it returns is its failure. A command that nobody knows succeeds. */
  onRun(line: RegExp, effect: () => Partial<CommandFailure> | void): this {
    this.effects.unshift([line, effect]);
    return this;
  }

  private system(): System {
    return {
      query: async ({ argv }) => {
        const line = argv.join(' ');
        const answer = this.answers.find(([pattern]) => pattern.test(line))?.[1] ?? { exitCode: 127 };
        return { exitCode: 0, stdout: '', stderr: '', ...(typeof answer === 'function' ? answer() : answer) };
      },
      run: async (command, { signal, onLine }) => {
        signal.throwIfAborted();
        const line = command.argv.join(' ');
        this.ran.push(`${command.as === 'root' ? 'sudo ' : ''}${line}`);
        this.commands.push(command);
        onLine(`output of ${command.argv[0]}`);
        if (command.argv[0] === 'install' && command.stdin !== undefined)
          this.files.set(command.argv.at(-1) ?? '', command.stdin);
        const failure = this.effects.find(([pattern]) => pattern.test(line))?.[1]();
        return failure ? { command, exitCode: 1, lines: [], ...failure } : null;
      },
      readText: async (path) => this.files.get(path) ?? null,
      exists: async (path) =>
        [...this.files.keys()].some((file) => file === path || file.startsWith(`${path}/`)),
      list: async (folder) =>
        [...this.files.keys()]
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => file.slice(folder.length + 1)),
      sizeOf: async (path) => this.files.get(path)?.length ?? null,
      freeBytes: async () => this.freeBytes,
      kvm: async () => this.kvm,
      aptLockHolder: async () =>
        (this.lockHolders.length > 1 ? this.lockHolders.shift() : this.lockHolders[0]) ?? null,
    };
  }
}
