/** The cluster's answers: over one SSH connection of the system's own `ssh`, or from this machine when it is the cluster. */

import { type ClusterFacts, parseClusterFacts } from '../../cluster-facts/cluster-facts.js';
import { clusterScript } from '../../cluster-facts/script.js';
import type { LookOptions, Looks } from '../context.js';
import { sshDestination } from '../facts/ssh-config.js';
import type { RunResult } from '../system/system.js';

/** At which point of a connection ssh gave up. */
export type SshStage = 'name' | 'tcp' | 'banner' | 'host-key' | 'key-file' | 'auth' | 'session';

export type ClusterLook =
  /** No cluster is named. */
  | { kind: 'none' }
  | { kind: 'failed'; stage: SshStage; words: string }
  | {
      kind: 'facts';
      facts: ClusterFacts;
      /** Whether sshd let us listen on a port of its choice; null where nobody asked. */
      forwarding: 'allowed' | 'refused' | null;
      /** Seconds by which the cluster's clock is ahead of ours. */
      clockAhead: number;
    };

const LIMIT_MS = 15_000;
const CONNECT_SECONDS = 5;

/** Never throws but for the signal's reason. */
export async function lookAtCluster(options: LookOptions, looks: Looks): Promise<ClusterLook> {
  const { system, config, role, topology, signal } = options;
  const script = clusterScript({
    url: topology.trainerUrl,
    port: topology.kind === 'direct' ? Number(topology.trainerUrl.port || 80) : config.tunnel.remotePort,
    rayPort: config.cluster.rayPort,
    repo: config.cluster.repo ?? '',
    trainingConfig: config.cluster.trainingConfig,
    condaEnv: config.cluster.condaEnv,
  });
  const before = system.now();
  if (role === 'cluster') {
    const result = await system.run(['sh', '-s'], { signal, input: script, timeoutMs: LIMIT_MS });
    return answerOf(result, null, before, system.now());
  }
  if (topology.host === null) return { kind: 'none' };
  const ssh = await looks.sshConfig();
  const forwards = ssh.kind === 'settings' && ssh.settings.forwards;
  const argv = sshCommand(options, topology.host, forwards);
  const result = await system.run(argv, { signal, input: script, timeoutMs: LIMIT_MS });
  return answerOf(result, forwards ? null : forwardingOf(result.stderr), before, system.now());
}

/**
 * One connection that asks nothing of a person, trusts no new key, uses and leaves no shared connection. It also asks for a
 * port of sshd's choice, which says whether forwards are allowed at all; not when the alias has forwards of its own: they
 * would be opened too, and be taken for the tunnel.
 */
function sshCommand(
  { config, sshConfig }: LookOptions,
  host: string,
  ownForwards: boolean,
): [string, ...string[]] {
  const { destination, options } = sshDestination(host);
  const settings = {
    BatchMode: 'yes',
    StrictHostKeyChecking: config.tunnel.acceptNew ? 'accept-new' : 'yes',
    ConnectTimeout: CONNECT_SECONDS,
    ServerAliveInterval: 5,
    ControlMaster: 'no',
    ControlPath: 'none',
    ExitOnForwardFailure: 'no',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    LogLevel: 'INFO',
    ...(ownForwards ? { ClearAllForwardings: 'yes' } : {}),
  };
  return [
    'ssh',
    '-T',
    ...(sshConfig === undefined ? [] : ['-F', sshConfig]),
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...config.tunnel.identities.flatMap((path) => ['-i', path]),
    ...options,
    // Port 9 is discard: nothing is behind it.
    ...(ownForwards ? [] : ['-R', '127.0.0.1:0:127.0.0.1:9']),
    '--',
    destination,
    'sh -s',
  ];
}

function answerOf(
  { exitCode, stdout, stderr }: RunResult,
  forwarding: 'allowed' | 'refused' | null,
  before: number,
  after: number,
): ClusterLook {
  const facts = parseClusterFacts(stdout);
  if (facts) return { kind: 'facts', facts, forwarding, clockAhead: clockAhead(facts.time, before, after) };
  const words = lastWords(stderr);
  if (exitCode === null)
    return { kind: 'failed', stage: 'session', words: `no result within ${LIMIT_MS / 1000} s` };
  return { kind: 'failed', stage: stageOf(stderr), words: words || `it ended with exit code ${exitCode}` };
}

/** Zero while its whole second lies between our two looks at the clock. */
function clockAhead(seconds: number, before: number, after: number): number {
  if (!Number.isFinite(seconds)) return 0;
  if (seconds * 1000 > after) return Math.round(seconds - after / 1000);
  return (seconds + 1) * 1000 < before ? -Math.round(before / 1000 - seconds) : 0;
}

/** OpenSSH's own sentences (clientloop.c, sshconnect.c, sshconnect2.c); the first that fits is the cause. */
const STAGES: readonly [RegExp, SshStage][] = [
  [/Could not resolve hostname/, 'name'],
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|No \S+ host key is known/,
    'host-key',
  ],
  [/UNPROTECTED PRIVATE KEY FILE|bad permissions/, 'key-file'],
  [/Permission denied|Too many authentication failures|No supported authentication methods/, 'auth'],
  [/connect to host .*: /, 'tcp'],
  [/kex_exchange_identification|banner exchange|Connection (closed|reset) by/, 'banner'],
];

function stageOf(stderr: string): SshStage {
  return STAGES.find(([words]) => words.test(stderr))?.[1] ?? 'session';
}

function forwardingOf(stderr: string): 'allowed' | 'refused' | null {
  if (/Allocated port \d+ for remote forward/.test(stderr)) return 'allowed';
  return /remote port forwarding failed/i.test(stderr) ? 'refused' : null;
}

function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line && !/^(@|Allocated port|Warning: Permanently)/.test(line))
    .slice(-2)
    .join('; ');
}
