/** The tunnels that are measured, each as a process with the same forward through the same sshd. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../bin/arpo-env.js', import.meta.url));

export const REMOTE_PORT = 15001;
/** ssh's own sign of life, as arpo-env's default: 15 s until a frozen session is given up. */
const ALIVE = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3'];

export function startArpoEnv(cluster, port, flags = []) {
  const args = [
    BIN,
    'tunnel',
    cluster.host,
    '--ssh-config',
    cluster.configFile,
    '-R',
    forward(port),
    ...flags,
  ];
  return started(
    spawn(process.execPath, args, options({ ARPO_ENV_STATE_DIR: join(cluster.folder, 'state') })),
  );
}

export function startSsh(cluster, port, flags = []) {
  return started(spawn('ssh', [...sshArgs(cluster, port), ...flags], options({})));
}

/** As its manual recommends: no monitoring port, ssh's own keepalive. */
export function startAutossh(cluster, port) {
  const env = { AUTOSSH_GATETIME: '0' };
  return started(spawn('autossh', ['-M', '0', ...sshArgs(cluster, port), ...ALIVE], options(env)));
}

/** What people write who have no autossh, with the same keepalive. */
export function startSshLoop(cluster, port) {
  const words = [...sshArgs(cluster, port), ...ALIVE].map((word) => `'${word}'`).join(' ');
  return started(spawn('sh', ['-c', `while :; do ssh ${words}; sleep 1; done`], options({})));
}

function sshArgs({ host, configFile }, port) {
  return ['-F', configFile, '-N', '-o', 'ExitOnForwardFailure=yes', '-R', forward(port), host];
}

function forward(port) {
  return `127.0.0.1:${REMOTE_PORT}:127.0.0.1:${port}`;
}

function options(env) {
  return { stdio: 'ignore', detached: true, env: { ...process.env, ...env, SSH_AUTH_SOCK: '' } };
}

function started(child) {
  return {
    pid: child.pid,
    /** Ends it with all that it started: autossh leaves its ssh behind otherwise. */
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      process.kill(-child.pid, 'SIGTERM');
      const killer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 5000);
      await exited;
      clearTimeout(killer);
    },
  };
}
