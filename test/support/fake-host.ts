/** A machine that exists in memory. Everything in it may be changed, also while somebody looks at it. */
import type {
  Argv,
  FileFacts,
  Followed,
  FollowOptions,
  Host,
  HttpAnswer,
  RunOptions,
  RunResult,
  TcpAnswer,
} from '../../src/host/host.js';
import type { KvmFacts } from '../../src/host/kvm/facts.js';

export const KVM_USABLE: KvmFacts = {
  platform: 'linux',
  arch: 'x64',
  device: { state: 'usable' },
  cpuFlag: 'vmx',
  kvmModule: true,
  nested: true,
  isVirtualMachine: true,
};

const REFUSED = { kind: 'refused', words: 'Connection refused' } as const;

export class FakeHost {
  platform: NodeJS.Platform = 'linux';
  arch = 'x64';
  nodeVersion = '22.11.0';
  cores = 8;
  memory = 32e9;
  uid = 1000;
  groups = [1000, 999];
  env: Record<string, string> = {};
  now = Date.parse('2026-11-21T12:00:00Z');

  /** Path → content. A folder is there when a file is in it. */
  files: Record<string, string> = {};
  /** What a path is, where that does not follow from `files`. */
  stats: Record<string, Omit<FileFacts, 'inode'>> = {};
  /** Path → what is free there. */
  space: Record<string, number> = {};
  /** Elsewhere. */
  freeSpace = 100e9;

  processes: { pid: number; command: string }[] = [];
  /** Of whoever listens on a port that is asked about. */
  holder: string | null = null;
  /** Addresses of names. */
  names: Record<string, string[]> = {};
  kvm: KvmFacts = KVM_USABLE;
  kvmBoots = true;

  /** The contract, answered from the state as it is when somebody asks. */
  toHost(): Host {
    return {
      platform: this.platform,
      arch: this.arch,
      nodeVersion: this.nodeVersion,
      cores: this.cores,
      memory: this.memory,
      user: { name: 'user', uid: this.uid, groups: this.groups, home: '/home/user' },
      env: this.env,
      now: () => this.now,
      run: async (argv, options) => this.run(argv, options),
      follow: async (argv, options) => this.follow(argv, options),
      readText: async (path) => this.read(path),
      readEnd: async (path) => this.read(path),
      stat: async (path) => this.statOf(path),
      exists: async (path) => this.statOf(path) !== null,
      list: async (folder) => this.#list(folder),
      freeBytes: async (path) => this.space[path] ?? this.freeSpace,
      processes: async () => this.processes,
      portHolder: async () => this.holder,
      connect: async (_name, port) => this.connect(port),
      get: async (url) => this.get(url),
      lookup: async (name) => this.names[name] ?? [],
      kvm: async () => this.kvm,
      tryKvm: async () => ({
        found: this.kvmBoots,
        reason: this.kvmBoots ? 'it boots a guest' : 'QEMU cannot use it',
      }),
    };
  }

  /** No program is there. */
  protected run([program]: Argv, _options: RunOptions): RunResult {
    return { exitCode: 127, stdout: '', stderr: `${program}: not found` };
  }

  /** As `run`; its output comes in one piece. */
  protected follow(argv: Argv, options: FollowOptions): Followed {
    const { exitCode, stdout, stderr } = this.run(argv, options);
    const lines = `${stdout}\n${stderr}`.split('\n').filter(Boolean);
    for (const line of lines) options.onLine(line);
    return { exitCode, lines };
  }

  protected read(path: string): string | null {
    return this.files[path] ?? null;
  }

  /** Nobody listens. */
  protected connect(_port: number): TcpAnswer {
    return REFUSED;
  }

  protected get(_url: URL): HttpAnswer {
    return REFUSED;
  }

  protected statOf(path: string): FileFacts | null {
    const inode = Object.keys(this.files).indexOf(path) + 100;
    const stated = this.stats[path];
    if (stated !== undefined) return { ...stated, inode };
    const content = this.files[path];
    if (content !== undefined) return { kind: 'file', size: content.length, mode: 0o644, inode };
    return this.#list(path).length > 0 ? { kind: 'folder', size: 0, mode: 0o755, inode } : null;
  }

  #list(folder: string): string[] {
    const below = [...Object.keys(this.files), ...Object.keys(this.stats)].filter((path) =>
      path.startsWith(`${folder}/`),
    );
    return [...new Set(below.map((path) => path.slice(folder.length + 1).replace(/\/.*/, '')))];
  }
}
