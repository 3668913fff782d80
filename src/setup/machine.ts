/** What kind of machine this is, as far as it does not change while it is set up. */
import type { HostFacts, HostFiles } from '../host/host.js';

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

export async function readMachine(machine: HostFacts & HostFiles): Promise<MachineFacts> {
  const release = parseOsRelease((await machine.readText('/etc/os-release')) ?? '');
  const { env } = machine;
  const { name, uid, home } = machine.user;
  return {
    platform: machine.platform,
    arch: machine.arch,
    distro: {
      id: release.ID ?? 'unknown',
      version: release.VERSION_ID ?? '',
      codename: release.VERSION_CODENAME ?? '',
      name: release.PRETTY_NAME ?? 'an unknown system',
    },
    memoryBytes: machine.memory,
    cores: machine.cores,
    container: await containerKind(machine),
    vmware: /vmware/i.test((await machine.readText('/sys/class/dmi/id/sys_vendor')) ?? ''),
    // sd_booted(3): this folder exists exactly when systemd is the one that runs.
    systemd: await machine.exists('/run/systemd/system'),
    user: { name, uid, home },
    sudoUser: uid === 0 ? (env.SUDO_USER ?? null) : null,
    proxy: Object.fromEntries(
      Object.entries(env).flatMap(([variable, value]) =>
        value && PROXY_NAMES.includes(variable.toLowerCase()) ? [[variable, value]] : [],
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
async function containerKind(machine: HostFiles): Promise<string | null> {
  if (await machine.exists('/.dockerenv')) return 'docker';
  if (await machine.exists('/run/.containerenv')) return 'podman';
  return (await machine.readText('/run/systemd/container'))?.trim() || null;
}
