/** Breaks of the config, the machine and Docker. */
import { ArpoEnvError } from '../../../src/errors.js';
import { aRun } from '../answers.js';
import { NOW } from '../world.js';
import type { Fault } from './fault.js';

export const MACHINE_FAULTS: readonly Fault[] = [
  {
    name: 'the config is invalid',
    check: 'config.file',
    break: (world) => {
      world.configError = new ArpoEnvError({
        code: 'E_CONFIG',
        message: 'server.port: "abc" is not a port',
        fix: 'correct it',
      });
    },
  },
  {
    name: 'an unknown ARPO_ENV_ variable is set',
    check: 'config.warnings',
    break: (w) => void w.warnings.push('the variable ARPO_ENV_PROT sets nothing'),
  },
  {
    name: 'tunnel.url leads to another port than the server has',
    check: 'config.ports',
    break: (w) => {
      w.config.tunnel = { host: 'deepx', url: 'http://127.0.0.1:5001' };
    },
  },
  {
    name: "the trainer's URL and the tunnel have different ports",
    check: 'config.ports',
    break: (w) => {
      w.config.cluster = { ...w.config.cluster, envUrl: 'http://127.0.0.1:15002' };
    },
  },
  {
    name: 'a dead server left a process',
    check: 'config.runs',
    break: (w) =>
      void w.runs.stale.push({
        file: 'x',
        run: aRun('server', 'http://127.0.0.1:1', 1),
        orphans: [99],
      }),
  },
  {
    name: 'the token file is missing',
    check: 'config.token',
    break: (w) => {
      w.config.server = { tokenFile: '/none' };
    },
  },
  {
    name: 'the token file is open to others',
    check: 'config.token',
    break: (w) => {
      w.config.server = { tokenFile: '/token' };
      w.files['/token'] = 'abc';
      w.stats['/token'] = { kind: 'file', size: 3, mode: 0o644 };
    },
  },
  {
    name: 'Node is too old',
    check: 'machine.node',
    break: (w) => {
      w.nodeVersion = '18.20.0';
    },
  },
  {
    name: 'Ubuntu is too old',
    check: 'machine.os',
    break: (w) => {
      w.files['/etc/os-release'] = 'ID=ubuntu\nVERSION_ID="18.04"\nPRETTY_NAME="Ubuntu 18.04"\n';
    },
  },
  {
    name: 'the machine is an ARM one',
    check: 'machine.architecture',
    break: (w) => {
      w.arch = 'arm64';
    },
  },
  {
    name: 'one core for four',
    check: 'machine.cores',
    break: (w) => {
      w.cores = 1;
    },
  },
  {
    name: 'too little memory',
    check: 'machine.memory',
    break: (w) => {
      w.memory = 4e9;
    },
  },
  {
    name: 'the home is full',
    check: 'machine.disk',
    break: (w) => {
      w.space['/home/user'] = 1e8;
    },
  },
  {
    name: 'the clocks are 10 minutes apart',
    check: 'machine.clock',
    break: (w) => {
      w.cluster.time = String(NOW / 1000 + 600);
    },
  },
  {
    name: 'a VMware guest without its tools',
    check: 'machine.vmware-tools',
    break: (w) => {
      w.files['/sys/class/dmi/id/sys_vendor'] = 'VMware, Inc.\n';
    },
  },
  {
    name: 'nested virtualization is off',
    check: 'machine.nested',
    break: (w) => {
      w.kvm = { ...w.kvm, device: { state: 'missing' }, cpuFlag: null, kvmModule: false };
    },
  },
  {
    name: "the kernel's KVM module is not loaded",
    check: 'machine.kvm-device',
    break: (w) => {
      w.kvm = { ...w.kvm, device: { state: 'missing' }, kvmModule: false };
    },
  },
  {
    name: '/dev/kvm may not be opened',
    check: 'machine.kvm-permission',
    break: (w) => {
      w.kvm = { ...w.kvm, device: { state: 'denied', group: 'kvm' } };
    },
  },
  {
    name: '/dev/kvm is there and unusable (--deep)',
    check: 'machine.kvm-boot',
    break: (w) => {
      w.deep = true;
      w.kvmBoots = false;
    },
  },
  {
    name: 'a guest has died under KVM',
    check: 'machine.kvm-guest',
    break: (w) => {
      w.kvmFailure = {
        failure: {
          ...{ id: 'boot-1', kernel: '6.1.0', cpu: 'Xeon', image: 'sha256:1' },
          ...{ words: 'KVM internal error. Suberror: 1', at: '2026-11-28T04:00:00.000Z' },
        },
        file: '/home/user/.local/state/arpo-env/kvm-failures.json',
      };
    },
  },
  {
    name: 'the boot budget is shorter than any boot',
    check: 'machine.boot-budget',
    break: (w) => {
      w.config.server = { readyTimeout: '20s' };
    },
  },
  {
    name: 'Docker is not installed',
    check: 'docker.client',
    break: (w) => {
      w.docker = null;
    },
  },
  {
    name: 'the Docker daemon is down',
    check: 'docker.daemon',
    break: (w) => {
      w.dockerError =
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
    },
  },
  {
    name: 'this user may not use Docker',
    check: 'docker.permission',
    break: (w) => {
      w.dockerError = 'permission denied while trying to connect to the Docker daemon socket';
      w.files['/etc/group'] = 'docker:x:999:\n';
      w.groups = [1000];
    },
  },
  {
    name: 'group docker does not count yet',
    check: 'docker.group',
    break: (w) => {
      w.dockerError = 'permission denied while trying to connect to the Docker daemon socket';
      w.groups = [1000];
    },
  },
  {
    name: 'the image is missing',
    check: 'docker.image',
    break: (w) => {
      w.hasImage = false;
    },
  },
  {
    name: 'the qcow2 does not exist',
    check: 'docker.qcow2',
    break: (w) => {
      w.stats = { '/home/user/.ssh/id_ed25519': { kind: 'file', size: 400, mode: 0o600 } };
    },
  },
  {
    name: 'the qcow2 is a folder',
    check: 'docker.qcow2',
    break: (w) => {
      w.stats['/vm/Ubuntu.qcow2'] = { kind: 'folder', size: 0, mode: 0o755 };
    },
  },
  {
    name: "Docker's disk is full",
    check: 'docker.disk',
    break: (w) => {
      w.space['/var/lib/docker'] = 1e9;
    },
  },
  {
    name: 'a container of a dead server is left',
    check: 'docker.leftovers',
    break: (w) =>
      void w.containers.push('arpo-env-1\thappysixd/osworld-docker\trunning\t{"pid":1,"startTime":"1"}'),
  },
  {
    name: 'Docker is rootless',
    check: 'docker.cgroups',
    break: (w) => {
      w.docker = { ...w.docker, SecurityOptions: ['name=rootless'] };
    },
  },
  {
    name: "the provider's preflight finds something",
    check: 'docker.preflight',
    break: (w) =>
      void w.problems.push({ code: 'E_DOCKER', message: 'API 1.30 is too old', fix: 'update Docker' }),
  },
];
