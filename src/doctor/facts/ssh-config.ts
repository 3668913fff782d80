/** What the user's own ssh would do with the host, from `ssh -G`. */
import type { LookOptions } from '../look-options.js';

export type SshConfigLook =
  | { kind: 'settings'; settings: SshSettings }
  | { kind: 'no-client' }
  | { kind: 'refused'; words: string };

export interface SshSettings {
  host: string;
  port: number;
  user: string;
  identityFiles: string[];
  /** A jump or a command leads there: its name need not resolve here. */
  proxied: boolean;
  /** The alias itself asks for forwards. */
  forwards: boolean;
  /** Seconds; 0: off. */
  keepalive: number;
}

/** `user@host:port` as ssh takes it: the port as an option. */
export function sshDestination(host: string): { destination: string; options: string[] } {
  const match = /^(?<name>[^:]+):(?<port>\d+)$/.exec(host);
  const { name, port } = match?.groups ?? {};
  return name && port ? { destination: name, options: ['-p', port] } : { destination: host, options: [] };
}

export async function lookAtSshConfig({
  machine,
  topology,
  config,
  sshConfig,
  signal,
}: LookOptions): Promise<SshConfigLook> {
  const { destination, options } = sshDestination(topology.host ?? 'localhost');
  const file = sshConfig === undefined ? [] : ['-F', sshConfig];
  const { exitCode, stdout, stderr } = await machine.run(
    ['ssh', '-G', ...file, ...options, '--', destination],
    { signal },
  );
  if (exitCode === 127) return { kind: 'no-client' };
  if (exitCode !== 0)
    return { kind: 'refused', words: stderr.trim().split('\n')[0] ?? 'it did not answer in time' };
  const values = (keyword: string) =>
    stdout
      .split('\n')
      .flatMap((line) => (line.startsWith(`${keyword} `) ? [line.slice(keyword.length + 1)] : []));
  const one = (keyword: string) => values(keyword).find((value) => value !== 'none');
  const expand = (path: string) =>
    path.replace(/^~(?=\/)/, machine.user.home).replaceAll('%d', machine.user.home);
  return {
    kind: 'settings',
    settings: {
      host: one('hostname') ?? destination,
      port: Number(one('port') ?? 22),
      user: one('user') ?? machine.user.name,
      identityFiles: [
        ...config.tunnel.identities,
        ...values('identityfile')
          .filter((path) => path !== 'none')
          .map(expand),
      ],
      proxied: one('proxyjump') !== undefined || one('proxycommand') !== undefined,
      forwards: values('remoteforward').length > 0,
      keepalive: Number(one('serveraliveinterval') ?? 0),
    },
  };
}
