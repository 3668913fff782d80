/** TCP ports of this machine: a free one, and who holds a busy one. */

import { readdir, readFile, readlink } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { execa } from 'execa';
import { ArpoEnvError } from '../errors.js';
import { errno, messageOf } from '../lib/errno.js';
import { commandLine } from './process-table.js';
import { listeningInodes } from './sockets.js';

/** `preferred` when it is free on `host`, otherwise one the kernel chooses. */
export async function freePort(preferred = 0, host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(preferred, host, () => resolve((server.address() as AddressInfo).port));
    });
  } catch (error) {
    if (preferred === 0) throw error;
    return await freePort(0, host);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** `pid 4711 (python -m uvicorn …)` of the process that listens on `port`, or null when it cannot be seen. */
export async function describePortHolder(port: number): Promise<string | null> {
  const pid =
    process.platform === 'linux' ? await listenerPidFromProc(port) : await listenerPidFromLsof(port);
  if (pid === null) return null;
  const command = await commandLine(pid);
  return command ? `pid ${pid} (${command})` : `pid ${pid}`;
}

/** How the command line of our own server reads, also as a service and under another name of the file. */
const OURS = /arpo-env(\.js)? (\S+ )*serve\b/;

/** What a failed `listen` means for the user. */
export async function listenError(error: unknown, host: string, port: number): Promise<ArpoEnvError> {
  const code = errno(error);
  if (code === 'EADDRINUSE') {
    const holder = await describePortHolder(port);
    // By its port: a plain `stop server` would end the others too.
    const end =
      holder !== null && OURS.test(holder) ? `stop it: arpo-env stop server ${port}` : 'stop that process';
    return new ArpoEnvError(
      {
        code: 'E_PORT_IN_USE',
        message: `port ${port} on ${host} is in use by ${holder ?? 'a process of another user'}`,
        fix: `${end}, or choose another port with --port`,
      },
      { cause: error },
    );
  }
  if (code === 'EACCES') {
    return new ArpoEnvError(
      {
        code: 'E_NO_PERMISSION',
        message: `this user may not listen on port ${port} of ${host}`,
        fix: 'choose a port above 1023 with --port',
      },
      { cause: error },
    );
  }
  return new ArpoEnvError(
    {
      code: 'E_CONFIG',
      message: `cannot listen on ${host}:${port}: ${messageOf(error)}`,
      fix: 'bind to an address of this machine: 127.0.0.1, 0.0.0.0 or one that `ip addr` shows',
    },
    { cause: error },
  );
}

async function listenerPidFromProc(port: number): Promise<number | null> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => ''));
  const inodes = listeningInodes(await Promise.all(tables), port);
  if (inodes.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return Number(pid);
    }
  }
  return null;
}

async function listenerPidFromLsof(port: number): Promise<number | null> {
  const { stdout } = await execa('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], {
    reject: false,
    timeout: 5000,
  });
  const pid = /^p(\d+)$/m.exec(stdout ?? '')?.[1];
  return pid === undefined ? null : Number(pid);
}
