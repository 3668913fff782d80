/** What the user's own ssh would do with the cluster's host. */
import { ArpoEnvError } from '../../errors.js';
import { pastedSshG, type SshDestination } from '../../ssh/host/command-line.js';
import { askSsh, SshSettings } from '../../ssh/host/settings.js';
import { type SshTarget, targetOf } from '../../ssh/host/target.js';
import type { LookOptions } from '../look-options.js';

export type SshConfigLook =
  | ({ kind: 'settings' } & HostSettings)
  | { kind: 'no-client' }
  | { kind: 'refused'; words: string; fix: string };

export interface HostSettings {
  target: SshTarget;
  /** The alias itself asks for forwards. */
  forwards: boolean;
  /** Seconds; 0: off. */
  keepalive: number;
}

/** The cluster, as it was named. */
export function clusterHost({
  topology,
  sshConfig,
}: Pick<LookOptions, 'topology' | 'sshConfig'>): SshDestination {
  return { host: topology.host ?? 'HOST', configFile: sshConfig };
}

export async function lookAtSshConfig(options: LookOptions): Promise<SshConfigLook> {
  const { machine, topology, config, signal } = options;
  const destination = { ...clusterHost(options), ...(topology.host === null && { host: 'localhost' }) };
  try {
    const answer = await askSsh(destination, signal, machine);
    if (answer.kind === 'no-ssh') return { kind: 'no-client' };
    if (answer.kind === 'refused') {
      const words = answer.words.split('\n')[0] ?? answer.words;
      return { kind: 'refused', words, fix: `fix the line that it names, then: ${pastedSshG(destination)}` };
    }
    const settings = new SshSettings(answer.lines);
    return {
      kind: 'settings',
      target: targetOf(
        { ...destination, identityFiles: config.tunnel.identities, transport: 'openssh' },
        settings,
        machine.user,
      ),
      forwards: settings.all('remoteforward').length > 0,
      keepalive: settings.number('serveraliveinterval') ?? 0,
    };
  } catch (error) {
    if (!(error instanceof ArpoEnvError)) throw error;
    return { kind: 'refused', words: error.message, fix: error.fix };
  }
}
