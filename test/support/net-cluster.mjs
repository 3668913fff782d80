/**
 * A cluster in a network namespace of its own: a real sshd at the far end of a link that can be cut. Needs root, `ip` and
 * OpenSSH. Plain JavaScript, because the benchmark uses it without a build.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SSH_PORT = 2222;
const START_MS = 10_000;

export async function startNetCluster({ account = null, settings = [], index = 0 } = {}) {
  const name = networkName(index);
  const network = `10.213.${process.pid % 250}`;
  const [here, host] = [`${network}.${4 * index + 1}`, `${network}.${4 * index + 2}`];
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-net-'));
  const file = (leaf) => join(folder, leaf);
  let sshd = null;
  const undo = [() => rm(folder, { recursive: true, force: true })];
  const dispose = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const ip = (...args) => run('ip', args);

  try {
    await chmod(folder, 0o755); // sshd reads the authorized keys as the user who logs in
    await mkdir('/run/sshd', { recursive: true });
    for (const leaf of ['host_key', 'id'])
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(leaf)]);
    const hostKey = await readFile(file('host_key.pub'), 'utf8');
    await writeFile(file('known_hosts'), `[${host}]:${SSH_PORT} ${hostKey}`);
    const user = account ?? 'root';
    if (account !== null) {
      // Not locked, which sshd would refuse, but without a password that anybody could give.
      await run('useradd', [
        '--no-create-home',
        '--home-dir',
        '/',
        '--shell',
        '/bin/sh',
        '--password',
        '*',
        account,
      ]);
      undo.push(() => run('userdel', [account]).catch(() => {}));
    }
    await writeFile(
      file('sshd_config'),
      `${[
        `Port ${SSH_PORT}`,
        `HostKey ${file('host_key')}`,
        `AuthorizedKeysFile ${file('id.pub')}`,
        'PidFile none',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        'PermitRootLogin prohibit-password',
        'UsePAM no',
        'StrictModes no',
        ...settings,
      ].join('\n')}\n`,
    );
    await writeFile(
      file('ssh_config'),
      `${[
        'Host *',
        `  Port ${SSH_PORT}`,
        `  User ${user}`,
        `  IdentityFile ${file('id')}`,
        '  IdentitiesOnly yes',
        `  UserKnownHostsFile ${file('known_hosts')}`,
        '  GlobalKnownHostsFile none',
      ].join('\n')}\n`,
    );
    await ip('netns', 'add', name);
    undo.push(() => ip('netns', 'del', name));
    await ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name);
    await ip('addr', 'add', `${here}/30`, 'dev', `${name}a`);
    await ip('link', 'set', `${name}a`, 'up');
    await ip('-n', name, 'addr', 'add', `${host}/30`, 'dev', `${name}b`);
    await ip('-n', name, 'link', 'set', `${name}b`, 'up');
    await ip('-n', name, 'link', 'set', 'lo', 'up');

    /** Pids in the namespace, by which sessions are found however deep they fork. */
    const pids = async () => {
      const { stdout } = await ip('netns', 'pids', name);
      return stdout.split('\n').filter(Boolean).map(Number);
    };
    const killAll = async () => {
      for (let left = await pids(); left.length > 0; left = await pids()) {
        for (const pid of left) signal(pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      sshd = null;
    };
    undo.push(killAll);

    const cluster = {
      host,
      port: SSH_PORT,
      user,
      namespace: name,
      folder,
      identityFile: file('id'),
      knownHostsFile: file('known_hosts'),
      configFile: file('ssh_config'),
      /** A process on the cluster. */
      spawn: (command, args, options = {}) => spawn('ip', ['netns', 'exec', name, command, ...args], options),
      /** What a command on the cluster prints. */
      async output(command, args) {
        return (await run('ip', ['netns', 'exec', name, command, ...args])).stdout;
      },
      async startSshd() {
        sshd = cluster.spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file('sshd_config')], {
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        await listening(sshd);
      },
      /** The listener and all sessions, at once and without a word. */
      stopSshd: async () => {
        for (const pid of await sshdPids()) signal(pid, 'SIGKILL');
      },
      /** The link's far end goes: packets are lost in both directions. */
      cut: () => ip('-n', name, 'link', 'set', `${name}b`, 'down'),
      restore: () => ip('-n', name, 'link', 'set', `${name}b`, 'up'),
      /** Processes that serve sessions, monitors among them. */
      sessions: async () => {
        const found = [];
        for (const pid of await sshdPids()) {
          if (/^sshd(-session)?: (?!.*listener)/.test(await commandLine(pid))) found.push(pid);
        }
        return found;
      },
      signalSessions: async (name) => {
        for (const pid of await cluster.sessions()) signal(pid, name);
      },
      /** TCP listeners of the namespace, without sshd's own. */
      listeners: async () => {
        const { stdout } = await run('ip', ['netns', 'exec', name, 'ss', '-Htln']);
        return stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(/\s+/)[3])
          .filter((address) => !address.endsWith(`:${SSH_PORT}`));
      },
      [Symbol.asyncDispose]: dispose,
    };
    const sshdPids = async () => {
      const found = [];
      for (const pid of await pids()) {
        const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
        if (comm.startsWith('sshd')) found.push(pid);
      }
      return found;
    };
    await cluster.startSshd();
    return cluster;
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A shell command that removes what a killed process left of its cluster; fine where nothing is left. */
export function removalOfNetCluster({ account = null, index = 0 } = {}) {
  const name = networkName(index);
  const commands = [
    `ip netns pids ${name} | xargs -r kill -9`,
    `ip netns del ${name}`,
    ...(account === null ? [] : [`userdel --force ${account}`]),
  ];
  return commands.map((command) => `{ ${command}; } >/dev/null 2>&1 || true`).join('; ');
}

function networkName(index) {
  return `arpo${process.pid % 100_000}${index === 0 ? '' : `x${index}`}`;
}

/** Open file descriptors and resident bytes of a process. */
export async function footprint(pid) {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const sockets = (
    await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  ).filter((target) => target.startsWith('socket:'));
  return {
    descriptors: descriptors.length,
    sockets: sockets.length,
    rss: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024,
  };
}

/** Its log says when; what follows is read and dropped, so that the pipe cannot fill. */
async function listening(child) {
  let said = '';
  await new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`sshd did not start: ${said}`));
    const timer = setTimeout(fail, START_MS);
    child.once('exit', fail);
    child.stderr.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk;
      if (!said.includes('Server listening')) return;
      clearTimeout(timer);
      child.off('exit', fail);
      resolve();
    });
  });
}

async function commandLine(pid) {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
