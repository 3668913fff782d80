/**
 * `--transport openssh`: the connection of the system's ssh, for what ssh2 does not know (certificates, GSSAPI, FIDO keys). One
 * `ssh -N` is the ControlMaster; each forward, channel and command is a small ssh that asks it (ssh(1), -O and -W). Forwards end
 * in unix sockets of ours in a private folder, so that they are served and counted like all others.
 */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Survivor, startSurvivor } from '../../host/local/survivor.js';
import { disposeOnce } from '../../lib/once.js';
import type { ConnectOptions } from '../connection/connect.js';
import { type Connection, ConnectionEnd } from '../connection/connection.js';
import type { SshTarget, TargetOptions } from '../host/target.js';
import { MuxClient } from './client.js';
import { MuxListeners } from './listeners.js';
import { startMaster } from './master.js';

/**
 * What is left when this process ends without disposing the connection: $1, the folder, and the ssh whose pid it reads. That one
 * asks nobody whether its forwards are still wanted, and would hold the port on the cluster against the next start.
 */
const AFTER_US = `ssh=
while read -r word; do
  [ "$word" = done ] && exit
  ssh=$word
done
[ -z "$ssh" ] || kill -s TERM "$ssh"
rm -rf -- "$1"`;

/** `target` is what was made of `options`. Throws as connect() does; nothing is left open then. */
export async function connectOpenssh(
  target: SshTarget,
  options: TargetOptions,
  { signal, keepaliveMs, onAuthenticating }: ConnectOptions,
): Promise<Connection> {
  const folder = await mkdtemp(join(socketsFolder(), 'arpo-env-ssh-')); // mkdtemp makes it 0700
  const socket = join(folder, 'master');
  let afterUs: Survivor | null = null;
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    await afterUs?.[Symbol.asyncDispose]();
  };
  try {
    afterUs = await startSurvivor('arpo-env-ssh-reaper', AFTER_US, [folder]);
    const master = await startMaster({
      target,
      options,
      socket,
      keepaliveMs,
      signal,
      onAuthenticating,
      onStarted: (pid) => afterUs?.tell(String(pid)),
    });
    const ended = new AbortController();
    setMaxListeners(0, ended.signal); // one for every forwarded connection
    const abandon = (end: ConnectionEnd) => ended.abort(end);
    const client = new MuxClient(socket, master, ended.signal);
    const listeners = new MuxListeners(folder, client, master);
    void master.gone.then((words) => abandon(endOf(words)));
    const dispose = async () => {
      await master.stop();
      abandon(new ConnectionEnd('disposed', 'closed by us'));
      listeners[Symbol.dispose]();
      await remove();
    };
    return {
      target,
      ended: ended.signal,
      uplink: null,
      abandon,
      listen: (at, limits) => listeners.listen(at, limits),
      unlisten: (at, limits) => listeners.unlisten(at, limits),
      onIncoming: (handler) => listeners.onIncoming(handler),
      open: (to, limits) => client.open(to, limits),
      run: (command, limits) => client.run(command, limits),
      ...disposeOnce(dispose),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Where the sockets lie. In a forward's line ssh takes a colon for the end of a path and `%` for a token; and a socket's path has 104
 * bytes on a Mac, 108 on Linux (unix(7)), of which ssh's own temporary name of the master's takes 44 behind this folder.
 */
function socketsFolder(): string {
  const folder = tmpdir();
  return /^[\w./+@ -]{1,55}$/.test(folder) ? folder : '/tmp';
}

/** `Timeout, server … not responding` is what ssh says after ServerAliveCountMax. */
function endOf(words: string): ConnectionEnd {
  return new ConnectionEnd(/not responding/.test(words) ? 'silent' : 'connection-lost', `ssh: ${words}`);
}
