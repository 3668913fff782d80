/** The tunnels that are measured, each as a process with the same forward through the same sshd. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../support/processes.mjs';

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
  return startProgram(process.execPath, args, options({ ARPO_ENV_STATE_DIR: join(cluster.folder, 'state') }));
}

export function startSsh(cluster, port, flags = []) {
  return startProgram('ssh', [...sshArgs(cluster, port), ...flags], options({}));
}

/** As its manual recommends: no monitoring port, ssh's own keepalive. */
export function startAutossh(cluster, port) {
  const env = { AUTOSSH_GATETIME: '0' };
  return startProgram('autossh', ['-M', '0', ...sshArgs(cluster, port), ...ALIVE], options(env));
}

/** What people write who have no autossh, with the same keepalive. */
export function startSshLoop(cluster, port) {
  const words = [...sshArgs(cluster, port), ...ALIVE].map((word) => `'${word}'`).join(' ');
  return startProgram('sh', ['-c', `while :; do ssh ${words}; sleep 1; done`], options({}));
}

function sshArgs({ host, configFile }, port) {
  return ['-F', configFile, '-N', '-o', 'ExitOnForwardFailure=yes', '-R', forward(port), host];
}

function forward(port) {
  return `127.0.0.1:${REMOTE_PORT}:127.0.0.1:${port}`;
}

/** Leaders of process groups: autossh and the loop leave their ssh behind otherwise. */
function options(env) {
  return { stdio: 'ignore', detached: true, env: { ...process.env, ...env, SSH_AUTH_SOCK: '' } };
}
