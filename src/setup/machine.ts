/** What kind of machine this is, as far as it does not change while it is set up. */

import { readFile } from 'node:fs/promises';
import { availableParallelism, homedir, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import { errno } from '../lib/errno.js';

export interface MachineFacts {
  platform: NodeJS.Platform;
  /** As `process.arch` names it. */
  arch: string;
  distro: { id: string; version: string; codename: string; name: string };
  memoryBytes: number;
  cores: number;
  /** What kind of container this is; null when it is a machine. */
  container: string | null;
  /** The hypervisor is VMware's. */
  vmware: boolean;
  /** systemd is the service manager that runs now. */
  systemd: boolean;
  user: { name: string; uid: number; home: string };
  /** Who started us through sudo, if anybody did. */
  sudoUser: string | null;
  /** The proxy variables that are set, lower and upper case as they were found. */
  proxy: Readonly<Record<string, string>>;
}

const PROXY_NAMES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'];

/** `root` stands before every path that is read; tests put a folder there. */
export async function readMachine(env: NodeJS.ProcessEnv, root = '/'): Promise<MachineFacts> {
  const at = (path: string) => read(join(root, path));
  const release = parseOsRelease((await at('etc/os-release')) ?? '');
  const { username, uid } = userInfo();
  return {
    platform: process.platform,
    arch: process.arch,
    distro: {
      id: release.ID ?? 'unknown',
      version: release.VERSION_ID ?? '',
      codename: release.VERSION_CODENAME ?? '',
      name: release.PRETTY_NAME ?? 'an unknown system',
    },
    memoryBytes: totalmem(),
    cores: availableParallelism(),
    container: await containerKind(at),
    vmware: /vmware/i.test((await at('sys/class/dmi/id/sys_vendor')) ?? ''),
    // sd_booted(3): this folder exists exactly when systemd is the one that runs.
    systemd: (await at('run/systemd/system')) !== null,
    user: { name: username, uid, home: homedir() },
    sudoUser: uid === 0 ? (env.SUDO_USER ?? null) : null,
    proxy: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value && PROXY_NAMES.includes(name.toLowerCase()) ? [[name, value]] : [],
      ),
    ),
  };
}

/** os-release(5): shell assignments, values perhaps in quotes. */
export function parseOsRelease(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/^(\w+)=(["']?)(.*)\2\s*$/gm)];
  return Object.fromEntries(pairs.map(([, name, , value]) => [name, value]));
}

/** The marks that Docker, Podman and systemd's container interface leave. */
async function containerKind(at: (path: string) => Promise<string | null>): Promise<string | null> {
  if ((await at('.dockerenv')) !== null) return 'docker';
  if ((await at('run/.containerenv')) !== null) return 'podman';
  return (await at('run/systemd/container'))?.trim() || null;
}

/** Null when there is nothing there; '' for a folder. */
async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return errno(error) === 'EISDIR' ? '' : null;
  }
}
