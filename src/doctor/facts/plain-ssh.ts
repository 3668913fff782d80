/** Tunnels that a person made with ssh or autossh: `ssh -R 15001:127.0.0.1:18082 deepx -N`. */
import type { HostProcesses } from '../../host/host.js';

export interface PlainTunnel {
  pid: number;
  /** `ssh` or `autossh`. */
  command: string;
  targetHost: string;
  targetPort: number;
}

/** `[bind:]port:host:port` (ssh(1)). */
const FORWARD = /-R\s*(?:[^\s:]*:)?(?<port>\d+):(?<host>[^\s:]+):(?<target>\d+)/;

export async function plainSshTunnels(machine: HostProcesses, remotePort: number): Promise<PlainTunnel[]> {
  const found = (await machine.processes()).flatMap(({ pid, command: line }) => {
    const [, command, args = ''] = /^(?:\S*\/)?(ssh|autossh)\s(.*)$/.exec(line) ?? [];
    const { port, host, target } = FORWARD.exec(args)?.groups ?? {};
    if (!command || !host || Number(port) !== remotePort) return [];
    return [{ pid, command, targetHost: host, targetPort: Number(target) }];
  }); // autossh starts an ssh with the same arguments: the two are one tunnel.
  const kept = found.filter(({ command }) => command === 'autossh');
  return kept.length > 0 ? kept : found;
}
