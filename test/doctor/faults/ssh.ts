import { aRun, httpLines } from '../answers.js';
import { closePort, type Fault, refused, stopTunnel } from './fault.js';

export const SSH_FAULTS: readonly Fault[] = [
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
      w.runs.running = w.runs.running.filter(({ kind }) => kind === 'server');
      w.processes = [{ pid: 900, command: 'ssh -N -R 15001:127.0.0.1:18082 deepx' }];
      delete w.cluster.session;
    },
  },
  { name: 'no tunnel runs', check: 'tunnel.running', break: stopTunnel },
  {
    name: 'the tunnel leads to another port',
    check: 'tunnel.target',
    break: (w) => {
      w.processes = [{ pid: 900, command: 'ssh -N -R 15001:localhost:5001 deepx' }];
      w.cluster['probe.code'] = '52';
      w.cluster['probe.line'] = 'curl: (52) Empty reply from server';
    },
  },
  {
    name: 'two tunnels for one port',
    check: 'tunnel.duplicate',
    break: (w) => void w.runs.running.push(aRun('tunnel', 'http://127.0.0.1:15001 on deepx', 4799)),
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
];
