/** A whole topology in which all is well, for tests to break one thing of; the doctor sees it through a `Host`. */

import type { InstanceMetadata } from '../../src/aws/instance-metadata.js';
import type { LoadedConfig } from '../../src/config/load.js';
import { type ConfigInput, configSchema } from '../../src/config/schema.js';
import { type DoctorReport, examine } from '../../src/doctor/doctor.js';
import type { Own } from '../../src/doctor/own.js';
import type { Role } from '../../src/doctor/role.js';
import type { ArpoEnvError, Problem } from '../../src/errors.js';
import type { Argv, HttpAnswer, RunOptions, RunResult, TcpAnswer } from '../../src/host/host.js';
import { parseVmx } from '../../src/providers/vmware/vmx.js';
import type { RunList } from '../../src/runs/registry.js';
import { FakeEc2 } from '../support/fake-ec2.js';
import { FakeFleet } from '../support/fake-fleet.js';
import { FakeHost } from '../support/fake-host.js';
import { aRun, health, httpLines, installedEvaluators, json, trainingYaml } from './answers.js';

/** Whoever runs the doctor. */
export const OWNER = 'user@vm.example 0123456789ab';
export const NOW = Date.parse('2026-11-21T12:00:00Z');

type Program = (args: readonly string[], input: string | undefined) => Partial<RunResult> | null;

/** Everything in it may be changed before `examine`. */
export class World extends FakeHost {
  role: Role = 'vm';
  host: string | undefined;
  config: ConfigInput = {
    provider: 'docker',
    providers: { docker: { qcow2: '/vm/Ubuntu.qcow2' } },
    tunnel: { host: 'deepx' },
    cluster: { repo: '~/arpo_remote_env' },
  };
  configError: ArpoEnvError | null = null;
  warnings: string[] = [];
  only: string[] = [];
  deep = false;

  override uid = 0;
  override now = NOW;
  kvmFailure: Awaited<ReturnType<Own['kvmFailure']>> = null;
  problems: Problem[] = [];
  /** Into which desktops were launched from here. */
  awsRegions: string[] = [];
  evaluators = installedEvaluators();
  override files: Record<string, string> = {
    '/etc/os-release': 'ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\n',
    '/etc/group': 'root:x:0:\ndocker:x:999:user\n',
    '/sys/class/dmi/id/sys_vendor': 'QEMU\n',
    '/proc/cpuinfo': 'flags\t: fpu hypervisor vmx\n',
    '/etc/ufw/ufw.conf': 'ENABLED=no\n',
  };
  override stats: FakeHost['stats'] = {
    '/vm/Ubuntu.qcow2': { kind: 'file', size: 24e9, mode: 0o644 },
    '/home/user/.ssh/id_ed25519': { kind: 'file', size: 400, mode: 0o600 },
  };
  runs: RunList = {
    running: [
      aRun('server', 'http://127.0.0.1:18082', 4711),
      aRun('tunnel', 'http://127.0.0.1:15001 on deepx', 4712),
    ],
    stale: [],
  };

  /** Sockets of this machine: address in the kernel's form, e.g. `0100007F`. */
  sockets: { address: string; port: number }[] = [{ address: '0100007F', port: 18082 }];
  peers: string[] = [];
  override holder: string | null = 'pid 4711 (node arpo-env serve)';
  server: HttpAnswer = json(200, health({}));
  docs: HttpAnswer = { kind: 'answer', status: 200, headers: {}, body: '<html>' };

  override names: Record<string, string[]> = { 'cluster.example': ['198.51.100.20'] };
  ssh: TcpAnswer = { kind: 'open', banner: 'SSH-2.0-OpenSSH_9.6' };
  sshSettings: Record<string, string> = {
    hostname: 'cluster.example',
    port: '22',
    user: 'user',
    identityfile: '~/.ssh/id_ed25519',
    serveraliveinterval: '0',
  };
  /** What ssh says when it fails, with exit code 255. */
  sshFailure: string | null = null;
  /** What it says on the way. */
  sshWords = 'Allocated port 40123 for remote forward to 127.0.0.1:9';
  /** `name=value` lines of the cluster's script; several of one name in a list. */
  cluster: Record<string, string | string[]> = {
    time: String(NOW / 1000),
    host: 'head-1',
    system: 'Linux 6.8.0',
    user: 'user 1000',
    'probe.tool': 'curl',
    'probe.code': '0',
    'probe.line': httpLines(200, health({})),
    listen: '0100007F:3A99 1000',
    'listen.table': 'yes',
    session:
      '900 sh -c unset TMOUT; while read -r _; do :; done arpo-env-tunnel laptop-1 run-1 4711:MQ 127.0.0.1:15001 ',
    localhost: '127.0.0.1',
    ray: [
      '--gcs_server_port=2468',
      '--node_ip_address=10.0.0.1',
      '--static_resource_list=CPU,64,docker:127.0.0.1,1',
    ],
    'ray.listen': '00000000:09A4',
    repo: '/home/user/arpo_remote_env',
    'repo.exists': 'yes',
    'yaml.path': '/home/user/arpo_remote_env/configs/smoke_remote_env_tunnel.yaml',
    'yaml.exists': 'yes',
    'yaml.line': trainingYaml({}),
    'conda.base': '/home/user/miniconda3',
    'conda.env': '/home/user/miniconda3/envs/arpo',
  };

  docker: Record<string, unknown> | null = {
    ServerVersion: '27.3.1',
    DockerRootDir: '/var/lib/docker',
    CgroupVersion: '2',
    CgroupDriver: 'systemd',
    SecurityOptions: ['name=seccomp,profile=builtin'],
    Warnings: null,
    MemTotal: 32e9,
    NCPU: 8,
  };
  dockerError = '';
  hasImage = true;
  containers: string[] = [];
  iptables = '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n';
  nft: unknown = { nftables: [{ metainfo: {} }] };
  /** Further programs, by name. */
  programs: Record<string, Program> = {};

  ec2 = new FakeEc2();
  fleet = new FakeFleet();
  /** Thrown when EC2 is asked for anything. */
  ec2Error: Error | null = null;
  metadata: InstanceMetadata | null = null;

  examine(signal: AbortSignal = AbortSignal.timeout(15_000)): Promise<DoctorReport> {
    return examine({
      config: this.configError ?? this.#loaded(),
      host: this.host,
      role: this.role,
      only: this.only,
      deep: this.deep,
      signal,
      machine: this.toHost(),
      own: {
        runs: async () => this.runs,
        kvmFailure: async () => this.kvmFailure,
        chooseProvider: async () => ({ name: 'sim', why: 'docker is not ready here: no image' }),
        preflight: async () => this.problems,
        evaluators: async () => this.evaluators,
        owner: async () => OWNER,
        awsRegions: async () => this.awsRegions,
        readVmx: async (file) => parseVmx(Buffer.from(this.files[file] ?? ''), file),
        patchVmx: async (file, changes) => {
          const lines = Object.entries(changes).map(([key, value]) => `${key} = "${value}"\n`);
          this.files[file] = lines.join('') + (this.files[file] ?? '');
        },
      },
      aws: {
        open: async () => {
          if (this.ec2Error) throw this.ec2Error;
          return this.ec2;
        },
        openFleet: async () => this.fleet,
        metadata: async () => this.metadata,
      },
    });
  }

  #loaded(): LoadedConfig {
    return {
      config: configSchema.parse(this.config),
      sources: {},
      file: 'arpo-env.config.yaml',
      warnings: this.warnings,
    };
  }

  protected override read(path: string): string | null {
    return path === '/proc/net/tcp' ? this.#sockets() : super.read(path);
  }

  protected override connect(): TcpAnswer {
    return this.ssh;
  }

  protected override get(url: URL): HttpAnswer {
    if (url.port !== '18082' && url.port !== '15001') return super.get(url);
    return url.pathname === '/health' ? this.server : this.docs;
  }

  #sockets(): string {
    const rows = this.sockets.map(({ address, port }) => row(address, port, '0A'));
    const peers = this.peers.map((address) => row('0100007F', 18082, '01', address));
    return ['sl local rem st', ...rows, ...peers].join('\n');
  }

  protected override run([program, ...args]: Argv, { input }: RunOptions): RunResult {
    const known: Record<string, Program> = {
      ssh: (words, text) => (words[0] === '-G' ? this.#sshG() : this.#runOnCluster(text)),
      sh: (_words, text) => this.#runOnCluster(text),
      docker: (words) => this.#runDocker(words),
      iptables: () => ({ stdout: this.iptables }),
      nft: () => ({ stdout: JSON.stringify(this.nft) }),
      ...this.programs,
    };
    const result = known[program]?.(args, typeof input === 'string' ? input : undefined);
    if (!result) return { exitCode: 127, stdout: '', stderr: `${program}: not found` };
    return { exitCode: 0, stdout: '', stderr: '', ...result };
  }

  #sshG() {
    const lines = Object.entries(this.sshSettings).map(([keyword, value]) => `${keyword} ${value}`);
    return { stdout: lines.join('\n') };
  }

  #runOnCluster(input: string | undefined) {
    if (!input?.includes('ARPO_ENV_INPUT')) throw new Error('the script did not come on stdin');
    if (this.sshFailure !== null) return { exitCode: 255, stderr: this.sshFailure };
    const lines = Object.entries(this.cluster).flatMap(([name, value]) =>
      [value].flat().map((one) => `${name}=${one}`),
    );
    return { stdout: [...lines, 'end=yes'].join('\n'), stderr: this.sshWords };
  }

  #runDocker([command]: readonly string[]) {
    if (this.docker === null) return null;
    if (this.dockerError !== '') return { exitCode: 1, stderr: this.dockerError };
    if (command === 'info') return { stdout: JSON.stringify(this.docker) };
    if (command === 'image') return { exitCode: this.hasImage ? 0 : 1 };
    return { stdout: this.containers.join('\n') };
  }
}

/** The trainer dials this machine, an EC2 instance, at its public address. */
export function directWorld(): World {
  const world = new World();
  world.role = 'ec2';
  world.config = {
    ...world.config,
    server: { host: '0.0.0.0', insecure: true, port: 15001 },
    cluster: { repo: '~/arpo_remote_env', host: 'deepx@198.51.100.20', envUrl: 'http://198.51.100.7:15001' },
    tunnel: {},
  };
  world.runs.running = [aRun('server', 'http://127.0.0.1:15001', 4711)];
  world.sockets = [{ address: '00000000', port: 15001 }];
  world.sshSettings.hostname = '198.51.100.20';
  world.names['198.51.100.20'] = ['198.51.100.20'];
  world.metadata = {
    instanceId: 'i-0123',
    region: 'us-east-1',
    privateIp: '10.0.0.7',
    publicIp: '198.51.100.7',
    subnetId: 'subnet-1',
    groupIds: ['sg-1'],
  };
  world.cluster['yaml.line'] = trainingYaml({ url: 'http://198.51.100.7:15001' });
  delete world.cluster.listen;
  delete world.cluster.session;
  // Beyond loopback without a token: accepted with --insecure, and a warning of its own.
  world.files['/etc/arpo-token'] = 'abcdefgh\n';
  world.stats['/etc/arpo-token'] = { kind: 'file', size: 9, mode: 0o600 };
  world.config.server = { host: '0.0.0.0', port: 15001, tokenFile: '/etc/arpo-token' };
  world.cluster['yaml.line'] = trainingYaml({ url: 'http://arpo:abcdefgh@198.51.100.7:15001' });
  return world;
}

function row(address: string, port: number, state: string, remote = '00000000'): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return `0: ${address}:${hex} ${remote}:0000 ${state} 00000000:00000000 00:00000000 00000000 1000 0 1`;
}
