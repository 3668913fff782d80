/** Every break that the doctor must name, one at a time: what is broken, and which check says so. */
import type { HttpAnswer } from '../../src/doctor/system/system.js';
import { ArpoEnvError } from '../../src/errors.js';
import { group, health, httpLines, instance, json, NOW, trainingYaml, type World } from './world.js';

export interface Fault {
  name: string;
  /** The check that the verdict must be of. */
  check: string;
  break(world: World): void;
}

const refused = { kind: 'refused', words: 'Connection refused' } as const;

function unanswered(world: World, answer: HttpAnswer): void {
  world.server = answer;
  world.docs = answer;
  world.openapi = answer;
}

/** The server is gone: what else follows from that, in all the places where it shows. */
function stopServer(world: World): void {
  world.sockets = [];
  world.holder = null;
  unanswered(world, refused);
  world.instances.running = world.instances.running.filter(({ kind }) => kind === 'tunnel');
  world.cluster['probe.line'] = httpLines(502, { code: 'E_TUNNEL_LOCAL' }, ['x-arpo-env-tunnel: local-down']);
}

function stopTunnel(world: World): void {
  world.instances.running = world.instances.running.filter(({ kind }) => kind === 'server');
  closePort(world);
}

function closePort(world: World): void {
  delete world.cluster.listen;
  delete world.cluster.session;
  world.cluster['probe.code'] = '7';
  world.cluster['probe.line'] =
    'curl: (7) Failed to connect to 127.0.0.1 port 15001 after 0 ms: Connection refused';
}

function setServer(world: World, changes: Record<string, unknown>): void {
  world.server = json(200, health(changes));
}

const log = (lines: object[]) =>
  lines.map((line) => JSON.stringify({ time: NOW - 60_000, env: 0, ...line })).join('\n');

/** In the topology of seed 01: VM, tunnel, cluster. */
export const TUNNEL_FAULTS: readonly Fault[] = [
  {
    name: 'the config is invalid',
    check: 'config.file',
    break: (world) => {
      world.configError = new ArpoEnvError({
        code: 'E_CONFIG',
        message: 'server.port: "abc" is no port',
        hint: 'correct it',
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
    check: 'config.instances',
    break: (w) =>
      void w.instances.stale.push({
        file: 'x',
        instance: instance('server', 'http://127.0.0.1:1', 1),
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
      w.freeBytes['/home/user'] = 1e8;
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
      w.freeBytes['/var/lib/docker'] = 1e9;
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
      void w.problems.push({ code: 'E_DOCKER', message: 'API 1.30 is too old', hint: 'update Docker' }),
  },
  {
    name: 'the last boot failed',
    check: 'agent.boot',
    break: (w) =>
      setServer(w, {
        state: 'failed',
        phase: 'kernel',
        failure: { code: 'E_BOOT_FAILED', message: 'not ready within 300 s', hint: 'give it longer' },
      }),
  },
  {
    name: 'the desktop sends no screenshot',
    check: 'agent.screenshot',
    break: (w) => setServer(w, { screenshot: false }),
  },
  {
    name: "the desktop's Chrome is dead",
    check: 'agent.chrome',
    break: (w) => setServer(w, { chrome_cdp: false }),
  },
  { name: 'no env server runs', check: 'server.listening', break: stopServer },
  {
    name: 'the env server hangs',
    check: 'server.answers',
    break: (w) => {
      w.server = { kind: 'silent', words: 'no answer within 3 s' };
      w.cluster['probe.code'] = '28';
      w.cluster['probe.line'] = 'curl: (28) Operation timed out';
    },
  },
  {
    name: 'something else listens on its port',
    check: 'server.identity',
    break: (w) => {
      w.server = json(404, { error: 'no' }, { server: 'SimpleHTTP/0.6' });
      w.holder = 'pid 812 (python3 -m http.server)';
      w.cluster['probe.line'] = httpLines(404, {}, ['server: SimpleHTTP/0.6']);
    },
  },
  {
    name: 'the server asks for a token that we have not',
    check: 'server.token',
    break: (w) => {
      const challenge = 'Basic realm="arpo-env", Bearer realm="arpo-env"';
      w.server = json(401, {}, { 'www-authenticate': challenge });
      w.cluster['probe.line'] = httpLines(401, {}, [`www-authenticate: ${challenge}`]);
    },
  },
  {
    name: 'the server is of another version',
    check: 'server.version',
    break: (w) => {
      w.openapi = json(200, { info: { title: 'arpo-env', version: '0.0.1' } });
    },
  },
  {
    name: '/docs answers 500',
    check: 'server.docs',
    break: (w) => {
      w.docs = json(500, {});
    },
  },
  {
    name: 'two trainers reset one env',
    check: 'server.resets',
    break: (w) => {
      w.files['/logs/server.log'] = log(Array.from({ length: 5 }, () => ({ msg: 'reset done' })));
    },
  },
  { name: 'operations queue up', check: 'server.clients', break: (w) => setServer(w, { queue: 3 }) },
  {
    name: 'the server is on IPv6 only',
    check: 'bind.family',
    break: (w) => {
      unanswered(w, refused);
      w.files['/proc/net/tcp6'] =
        'header\n0: 00000000000000000000000001000000:46A2 0:0 0A 0:0 0:0 0 1000 0 1';
      w.sockets = [];
      w.cluster['probe.line'] = httpLines(502, {}, ['x-arpo-env-tunnel: local-down']);
    },
  },
  {
    name: 'iptables drops the port on loopback',
    check: 'firewall.loopback',
    break: (w) => {
      w.iptables = '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 18082 -j DROP\n';
      unanswered(w, { kind: 'silent', words: 'no answer within 3 s' });
      w.cluster['probe.code'] = '28';
      w.cluster['probe.line'] = 'curl: (28) Operation timed out';
    },
  },
  {
    name: 'there is no ssh',
    check: 'ssh.client',
    break: (w) => {
      w.programs.ssh = () => null;
    },
  },
  {
    name: 'ssh_config is broken',
    check: 'ssh.config',
    break: (w) => {
      w.programs.ssh = () => ({
        exitCode: 255,
        stderr: '/home/user/.ssh/config: line 3: Bad configuration option: hostnam',
      });
    },
  },
  {
    name: 'sh was typed for ssh',
    check: 'ssh.script',
    break: (w) => {
      w.files['/home/user/.bash_history'] = 'ls\nsh -i ~/key.pem user@192.0.2.1\n';
    },
  },
  {
    name: "the cluster's name has no address",
    check: 'ssh.name',
    break: (w) => {
      w.names = {};
      w.sshFailure = 'ssh: Could not resolve hostname cluster.example: Name or service not known';
    },
  },
  {
    name: 'its SSH port refuses',
    check: 'ssh.tcp',
    break: (w) => {
      w.ssh = refused;
      w.sshFailure = 'ssh: connect to host cluster.example port 22: Connection refused';
    },
  },
  {
    name: 'packets to it are dropped',
    check: 'ssh.tcp',
    break: (w) => {
      w.ssh = { kind: 'silent', words: 'no answer within 4 s' };
      w.sshFailure = 'ssh: connect to host cluster.example port 22: Connection timed out';
    },
  },
  {
    name: 'something else is on its SSH port',
    check: 'ssh.banner',
    break: (w) => {
      w.ssh = { kind: 'open', banner: 'HTTP/1.1 400 Bad Request' };
      w.sshFailure = 'kex_exchange_identification: Connection closed by remote host';
    },
  },
  {
    name: 'the private key is open to others',
    check: 'ssh.key-file',
    break: (w) => {
      w.stats['/home/user/.ssh/id_ed25519'] = { kind: 'file', size: 400, mode: 0o644 };
      w.sshFailure =
        'WARNING: UNPROTECTED PRIVATE KEY FILE!\nbad permissions\nuser@cluster.example: Permission denied (publickey).';
    },
  },
  {
    name: 'the host key has changed',
    check: 'ssh.host-key',
    break: (w) => {
      w.sshFailure = 'WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.';
    },
  },
  {
    name: 'the host key is not known',
    check: 'ssh.host-key',
    break: (w) => {
      w.sshFailure =
        'No ED25519 host key is known for cluster.example and you have requested strict checking.\nHost key verification failed.';
    },
  },
  {
    name: 'no key is accepted',
    check: 'ssh.auth',
    break: (w) => {
      w.sshFailure = 'user@cluster.example: Permission denied (publickey).';
    },
  },
  {
    name: 'the account runs no commands',
    check: 'ssh.session',
    break: (w) => {
      w.sshFailure = 'This account is currently not available.';
    },
  },
  {
    name: 'sshd forbids forwards',
    check: 'sshd.forwarding',
    break: (w) => {
      stopTunnel(w);
      w.sshWords = 'Error: remote port forwarding failed for listen port 0';
      w.cluster.sshd = ['AllowTcpForwarding no'];
    },
  },
  {
    name: 'sshd permits other ports only',
    check: 'sshd.forwarding',
    break: (w) => {
      stopTunnel(w);
      w.sshWords = 'Error: remote port forwarding failed for listen port 0';
      w.cluster.sshd = ['PermitListen 127.0.0.1:20000'];
    },
  },
  {
    name: 'GatewayPorts keeps the port on loopback',
    check: 'sshd.gateway-ports',
    break: (w) => {
      w.config.tunnel = { host: 'deepx', remoteBind: '0.0.0.0' };
    },
  },
  {
    name: 'MaxSessions is 1',
    check: 'sshd.sessions',
    break: (w) => {
      w.cluster.sshd = ['MaxSessions 1'];
    },
  },
  {
    name: 'nobody asks for signs of life',
    check: 'sshd.keepalive',
    break: (w) => {
      w.instances.running = w.instances.running.filter(({ kind }) => kind === 'server');
      w.processes = ['  900 ssh -N -R 15001:127.0.0.1:18082 deepx'];
      delete w.cluster.session;
    },
  },
  { name: 'no tunnel runs', check: 'tunnel.running', break: stopTunnel },
  {
    name: 'the tunnel leads to another port',
    check: 'tunnel.target',
    break: (w) => {
      w.processes = ['  900 ssh -N -R 15001:localhost:5001 deepx'];
      w.cluster['probe.code'] = '52';
      w.cluster['probe.line'] = 'curl: (52) Empty reply from server';
    },
  },
  {
    name: 'two tunnels for one port',
    check: 'tunnel.duplicate',
    break: (w) => void w.instances.running.push(instance('tunnel', 'http://127.0.0.1:15001 on deepx', 4799)),
  },
  { name: "the tunnel's port on the cluster is gone", check: 'tunnel.listener', break: closePort },
  {
    name: "another program holds the cluster's port",
    check: 'tunnel.owner',
    break: (w) => {
      w.cluster.holder = 'python3 4242';
      delete w.cluster.session;
      w.cluster['probe.line'] = httpLines(404, {});
    },
  },
  {
    name: "another user holds the cluster's port",
    check: 'tunnel.owner',
    break: (w) => {
      w.cluster.listen = '0100007F:3A99 1234';
      delete w.cluster.session;
    },
  },
  {
    name: "the cluster's port is on IPv6 only",
    check: 'tunnel.bind',
    break: (w) => {
      w.cluster.listen = '00000000000000000000000001000000:3A99 1000';
      w.cluster['probe.code'] = '7';
      w.cluster['probe.line'] = 'curl: (7) Failed to connect: Connection refused';
    },
  },
  {
    name: "the cluster's port is open to all",
    check: 'tunnel.bind',
    break: (w) => {
      w.cluster.listen = '00000000:3A99 1000';
    },
  },
  {
    name: 'a dead session holds the port',
    check: 'tunnel.stale',
    break: (w) => {
      w.cluster['probe.code'] = '28';
      w.cluster['probe.line'] = 'curl: (28) Operation timed out after 5000 milliseconds';
    },
  },
  {
    name: 'the cluster has neither curl nor python',
    check: 'cluster.http-client',
    break: (w) => {
      w.cluster['probe.tool'] = 'none';
    },
  },
  {
    name: 'the tunnel finds no server',
    check: 'cluster.bad-gateway',
    break: (w) => {
      w.cluster['probe.line'] = httpLines(502, {}, ['x-arpo-env-tunnel: local-down']);
    },
  },
  {
    name: "another service answers on the cluster's port",
    check: 'cluster.identity',
    break: (w) => {
      w.cluster['probe.line'] = httpLines(404, {}, ['server: nginx']);
    },
  },
  {
    name: 'the cluster reaches another env server',
    check: 'cluster.same-server',
    break: (w) => {
      w.cluster['probe.line'] = httpLines(200, health({ provider: 'sim' }));
    },
  },
  {
    name: 'the trainer has no token',
    check: 'cluster.token',
    break: (w) => {
      w.config.server = { token: 'abcdefgh' };
      w.cluster['probe.line'] = httpLines(401, {}, ['www-authenticate: Basic realm="arpo-env"']);
    },
  },
  {
    name: 'localhost is ::1',
    check: 'cluster.localhost',
    break: (w) => {
      w.cluster.localhost = '::1';
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://localhost:15001' });
    },
  },
  {
    name: 'a proxy catches loopback',
    check: 'cluster.proxy',
    break: (w) => {
      w.cluster['proxy.http_proxy'] = 'http://proxy.example:3128';
    },
  },
  {
    name: 'Ray does not run',
    check: 'ray.running',
    break: (w) => {
      delete w.cluster.ray;
      delete w.cluster['ray.listen'];
    },
  },
  {
    name: "Ray's head has another port",
    check: 'ray.port',
    break: (w) => {
      w.cluster.ray = ['--gcs_server_port=6379', '--static_resource_list=CPU,64,docker:10.0.0.1,1'];
      delete w.cluster['ray.listen'];
    },
  },
  {
    name: "Ray's resource is for another address",
    check: 'ray.resource',
    break: (w) => {
      w.cluster.ray = [
        '--gcs_server_port=2468',
        '--node_ip_address=10.0.0.1',
        '--static_resource_list=CPU,64,docker:192.0.2.7,1',
      ];
    },
  },
  {
    name: "Ray lacks the env worker's resource",
    check: 'ray.resource',
    break: (w) => {
      w.cluster.ray = ['--gcs_server_port=2468', '--static_resource_list=CPU,64'];
    },
  },
  {
    name: "the trainer's clone is missing",
    check: 'trainer.repo',
    break: (w) => {
      delete w.cluster['repo.exists'];
      delete w.cluster['yaml.exists'];
    },
  },
  {
    name: 'the training config is missing',
    check: 'trainer.config',
    break: (w) => void delete w.cluster['yaml.exists'],
  },
  {
    name: 'the training config is no YAML',
    check: 'trainer.config',
    break: (w) => {
      w.cluster['yaml.line'] = ['env: ['];
    },
  },
  {
    name: 'a placeholder is left in its URL',
    check: 'trainer.placeholder',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://YOUR_MAC_IP:15001' });
    },
  },
  {
    name: 'its URL has another port',
    check: 'trainer.url',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://127.0.0.1:5001' });
    },
  },
  {
    name: 'its URL is that of another machine',
    check: 'trainer.url',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ url: 'http://192.0.2.9:15001' });
    },
  },
  {
    name: 'its URL has the old name',
    check: 'trainer.spelling',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ key: 'remote_env_url' });
    },
  },
  {
    name: 'num_envs is 4',
    check: 'trainer.envs',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ envs: 4 });
    },
  },
  {
    name: "max_steps is below the server's",
    check: 'trainer.max-steps',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ steps: 15 });
    },
  },
  {
    name: 'limit_images is 10',
    check: 'trainer.images',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ images: 10 });
    },
  },
  {
    name: 'the rollout batch is too large',
    check: 'trainer.batch-size',
    break: (w) => {
      w.cluster['yaml.line'] = trainingYaml({ rollout: 16 });
    },
  },
  {
    name: 'the conda environment is missing',
    check: 'trainer.conda',
    break: (w) => void delete w.cluster['conda.env'],
  },
];

const unreachable = (world: World) => {
  world.cluster['probe.code'] = '28';
  world.cluster['probe.line'] = 'curl: (28) Connection timed out after 3000 milliseconds';
};

/** In the topology of seed 03: the trainer dials an EC2 instance. */
export const DIRECT_FAULTS: readonly Fault[] = [
  {
    name: 'there is no token for an open address',
    check: 'config.token',
    break: (w) => {
      w.config.server = { host: '0.0.0.0', port: 15001 };
    },
  },
  {
    name: 'the server is on loopback, and the cluster comes from outside',
    check: 'bind.address',
    break: (w) => {
      w.sockets = [{ address: '0100007F', port: 15001 }];
      w.cluster['probe.code'] = '7';
      w.cluster['probe.line'] = 'curl: (7) Failed to connect: Connection refused';
    },
  },
  {
    name: 'the server is open without a token',
    check: 'bind.open',
    break: (w) => {
      w.config.server = { host: '0.0.0.0', port: 15001, insecure: true };
    },
  },
  {
    name: 'ufw does not know the port',
    check: 'firewall.ufw',
    break: (w) => {
      w.files['/etc/ufw/ufw.conf'] = 'ENABLED=yes\n';
      w.iptables =
        '-P INPUT DROP\n-N ufw-user-input\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j ufw-user-input\n-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT\n';
      unreachable(w);
    },
  },
  {
    name: 'iptables rejects the port',
    check: 'firewall.iptables',
    break: (w) => {
      w.iptables =
        '-P INPUT ACCEPT\n-A INPUT ! -i lo -p tcp -m tcp --dport 15001 -j REJECT --reject-with tcp-reset\n';
      w.cluster['probe.code'] = '7';
    },
  },
  {
    name: 'nftables drops the port',
    check: 'firewall.nft',
    break: (w) => {
      const chain = { family: 'inet', table: 'filter', name: 'input', hook: 'input', policy: 'drop' };
      const loopback = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'lo' } };
      w.nft = {
        nftables: [
          { chain },
          { rule: { family: 'inet', table: 'filter', chain: 'input', expr: [loopback, { accept: null }] } },
        ],
      };
      unreachable(w);
    },
  },
  {
    name: 'the AWS credentials are wrong',
    check: 'aws.credentials',
    break: (w) => {
      w.ec2Error = Object.assign(new Error('not able to validate'), { name: 'AuthFailure' });
    },
  },
  {
    name: 'AWS does not let us look',
    check: 'aws.permissions',
    break: (w) => {
      w.ec2Error = Object.assign(new Error('not authorized: ec2:DescribeInstances'), {
        name: 'UnauthorizedOperation',
      });
    },
  },
  {
    name: 'the instance is stopped',
    check: 'aws.instance',
    break: (w) => {
      w.role = 'laptop';
      w.config.providers = { ...w.config.providers, aws: { region: 'us-east-1' } };
      if (w.ec2.server) w.ec2.server.state = 'stopped';
      unreachable(w);
    },
  },
  {
    name: "the instance's address has changed",
    check: 'aws.address',
    break: (w) => {
      if (w.ec2.server) w.ec2.server.publicIp = '198.51.100.99';
      unreachable(w);
    },
  },
  {
    name: 'the security group has no rule for the port',
    check: 'aws.security-group',
    break: (w) => {
      w.ec2.serverGroup = group('sg-1', [[22, '0.0.0.0/0']]);
      unreachable(w);
    },
  },
  {
    name: 'the security group admits another network',
    check: 'aws.security-group',
    break: (w) => {
      w.ec2.serverGroup = group('sg-1', [[15001, 'pl-1']]);
      w.ec2.lists['pl-1'] = ['203.0.113.0/24'];
      unreachable(w);
    },
  },
  {
    name: 'the network ACL denies the port',
    check: 'aws.network-acl',
    break: (w) => {
      w.ec2.acl = [
        {
          number: 100,
          egress: false,
          allow: false,
          protocol: '6',
          cidr: '0.0.0.0/0',
          fromPort: 15001,
          toPort: 15001,
        },
      ];
      unreachable(w);
    },
  },
  {
    name: 'the subnet has no way to the internet',
    check: 'aws.route',
    break: (w) => {
      w.ec2.routeTable = [{ cidr: '10.0.0.0/16', target: 'local' }];
      unreachable(w);
    },
  },
  {
    name: 'the way to it is closed elsewhere',
    check: 'cluster.timeout',
    break: unreachable,
  },
  {
    name: 'the cluster cannot resolve its name',
    check: 'cluster.refused',
    break: (w) => {
      w.cluster['probe.code'] = '6';
      w.cluster['probe.line'] = 'curl: (6) Could not resolve host';
    },
  },
];

const aws = (world: World, changes: object = {}) => {
  world.server = json(200, health({ provider: 'aws' }));
  world.cluster['probe.line'] = httpLines(200, health({ provider: 'aws' }));
  world.config = {
    ...world.config,
    provider: 'aws',
    providers: { aws: { region: 'us-east-1', subnetId: 'subnet-1', securityGroupId: 'sg-2', ...changes } },
  };
};

const uvicorn = (world: World) => {
  world.config = { ...world.config, server: { engine: 'uvicorn', repo: '/repo' } };
  world.stats['/repo'] = { kind: 'folder', size: 0, mode: 0o755 };
  world.stats['/repo/.git'] = { kind: 'folder', size: 0, mode: 0o755 };
  world.stats['/repo/scripts/remote_env_server.py'] = { kind: 'file', size: 1, mode: 0o644 };
  world.stats['/repo/.venv/bin/python'] = { kind: 'file', size: 1, mode: 0o755 };
  world.files['/repo/.gitmodules'] = '[submodule "OSWorld"]\n\tpath = OSWorld\n';
  world.folders['/repo/OSWorld'] = ['desktop_env'];
  world.programs.git = () => ({ stdout: '0\t0\n' });
  world.programs['/repo/.venv/bin/python'] = (args) => ({
    stdout: args[0] === '-V' ? 'Python 3.11.7' : '\n',
  });
};

const provider = (world: World, name: 'vmware' | 'remote' | 'local', settings: object) => {
  world.server = json(200, health({ provider: name }));
  world.cluster['probe.line'] = httpLines(200, health({ provider: name }));
  world.config = { ...world.config, provider: name, providers: { [name]: settings } };
};

/** With other providers and with the Python engine; each brings its own surroundings. */
export const OTHER_FAULTS: readonly Fault[] = [
  {
    name: "aws: the desktops' subnet is not set",
    check: 'aws.settings',
    break: (w) => aws(w, { subnetId: undefined }),
  },
  {
    name: 'aws: there are no credentials',
    check: 'aws.credentials',
    break: (w) => {
      aws(w);
      w.ec2Error = Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      });
    },
  },
  {
    name: 'aws: RunInstances is denied',
    check: 'aws.permissions',
    break: (w) => {
      aws(w);
      w.ec2.mayRun = 'denied';
    },
  },
  {
    name: 'aws: the subnet does not exist',
    check: 'aws.desktop-network',
    break: (w) => {
      aws(w);
      w.ec2.desktopVpc = null;
    },
  },
  {
    name: 'aws: the desktops do not admit the server',
    check: 'aws.desktop-ports',
    break: (w) => {
      aws(w);
      w.ec2.desktopGroup = group('sg-2', [[22, '0.0.0.0/0']]);
    },
  },
  {
    name: 'vmware: there is no vmrun',
    check: 'vmware.vmrun',
    break: (w) => provider(w, 'vmware', { vmx: '/vm/Ubuntu.qcow2' }),
  },
  {
    name: 'vmware: the .vmx is missing',
    check: 'vmware.machine',
    break: (w) => {
      provider(w, 'vmware', { vmx: '/none.vmx' });
      w.programs.vmrun = () => ({});
    },
  },
  {
    name: 'remote: the pool does not answer',
    check: 'remote.servers',
    break: (w) => provider(w, 'remote', { baseUrls: ['http://192.0.2.10:50003'], token: 'abc' }),
  },
  {
    name: 'remote: there is no token',
    check: 'remote.token',
    break: (w) => provider(w, 'remote', { baseUrls: ['http://192.0.2.10:15001'] }),
  },
  { name: 'local: there is no Xvfb', check: 'local.display', break: (w) => provider(w, 'local', {}) },
  {
    name: 'auto takes simulated desktops',
    check: 'machine.provider',
    break: (w) => {
      w.config = { ...w.config, provider: 'auto' };
      w.server = json(200, health({ provider: 'sim' }));
      w.cluster['probe.line'] = httpLines(200, health({ provider: 'sim' }));
    },
  },
  {
    name: 'uvicorn: the clone is missing',
    check: 'repo.clone',
    break: (w) => {
      w.config.server = { engine: 'uvicorn', repo: '/none' };
    },
  },
  {
    name: 'uvicorn: the submodules are empty',
    check: 'repo.submodules',
    break: (w) => {
      uvicorn(w);
      w.folders['/repo/OSWorld'] = [];
    },
  },
  {
    name: 'uvicorn: the branch has diverged',
    check: 'repo.branch',
    break: (w) => {
      uvicorn(w);
      w.programs.git = () => ({ stdout: '2\t3\n' });
    },
  },
  {
    name: 'uvicorn: there is no venv',
    check: 'repo.venv',
    break: (w) => {
      uvicorn(w);
      delete w.stats['/repo/.venv/bin/python'];
    },
  },
  {
    name: 'uvicorn: Python is too old',
    check: 'repo.python',
    break: (w) => {
      uvicorn(w);
      w.programs['/repo/.venv/bin/python'] = () => ({ stdout: 'Python 3.8.10' });
    },
  },
  {
    name: 'uvicorn: a module is missing',
    check: 'repo.modules',
    break: (w) => {
      uvicorn(w);
      w.programs['/repo/.venv/bin/python'] = (args) => ({
        stdout: args[0] === '-V' ? 'Python 3.11.7' : 'docker\n',
      });
    },
  },
];
