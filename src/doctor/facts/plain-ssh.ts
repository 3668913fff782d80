/** Tunnels that a person made with ssh or autossh: `ssh -R 15001:127.0.0.1:18082 deepx -N`. */
import type { HostProcesses } from '../../host/host.js';
import { readRemoteForward } from '../../ssh/host/remote-forward.js';

export interface PlainTunnel {
  pid: number;
  /** `ssh` or `autossh`. */
  command: string;
  targetHost: string;
  targetPort: number;
}

export async function plainSshTunnels(machine: HostProcesses, remotePort: number): Promise<PlainTunnel[]> {
  const found = (await machine.processes()).flatMap(({ pid, command: line }): PlainTunnel[] => {
    const [, command, args = ''] = /^(?:\S*\/)?(ssh|autossh)\s(.*)$/.exec(line) ?? [];
    const forward = forwardsOf(args).find(({ port }) => Number(port) === remotePort);
    if (!command || !forward) return [];
    return [{ pid, command, targetHost: forward.host, targetPort: Number(forward.hostPort) }];
  }); // autossh starts an ssh with the same arguments: the two are one tunnel.
  const kept = found.filter(({ command }) => command === 'autossh');
  return kept.length > 0 ? kept : found;
}

/** Each `-R`, alone or at the end of other flags (`-NR`, `-NTR`). */
function forwardsOf(args: string) {
  return [...args.matchAll(/(?<=^|\s)-[A-Za-z]*R\s*(\S+)/g)].flatMap(
    ([, spec = '']) => readRemoteForward(spec) ?? [],
  );
}
