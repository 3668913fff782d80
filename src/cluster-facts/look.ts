/** The cluster's answers: over one SSH connection of the system's own `ssh`, or from this machine when it is the cluster. */

import type { Argv, HostFacts, HostRunner, RunResult } from '../host/host.js';
import { overSsh } from '../host/over-ssh.js';
import { type SshDestination, sshArgs } from '../ssh/host/command-line.js';
import { type SshStage, stageOf } from '../ssh/openssh/failure-stage.js';
import { type ClusterFacts, parseClusterFacts } from './cluster-facts.js';
import { type ClusterQuestions, clusterScript } from './script.js';

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

/** How ssh gets there. */
export interface ClusterRoute {
  destination: SshDestination;
  acceptNew: boolean;
  /** The alias itself asks for forwards. */
  ownForwards: boolean;
}

export interface ClusterLookOptions {
  questions: ClusterQuestions;
  machine: HostRunner & Pick<HostFacts, 'now'>;
  /** Null when this machine is the cluster. */
  route: ClusterRoute | null;
  signal: AbortSignal;
}

/** Never throws but for the signal's reason, and E_CONFIG for settings that the script cannot take. */
export async function lookAtCluster({
  questions,
  machine,
  route,
  signal,
}: ClusterLookOptions): Promise<ClusterLook> {
  const input = clusterScript(questions);
  const cluster = route === null ? machine : overSsh(machine, sshCommand(route));
  const before = machine.now();
  const result = await cluster.run(['sh', '-s'], { signal, input, timeoutMs: LIMIT_MS });
  const forwarding = route === null || route.ownForwards ? null : forwardingOf(result.stderr);
  return answerOf(result, forwarding, before, machine.now());
}

/**
 * One connection that asks nothing of a person, trusts no new key, uses and leaves no shared connection. It also asks for a
 * port of sshd's choice, which says whether forwards are allowed at all; not when the alias has forwards of its own: they
 * would be opened too, and be taken for the tunnel.
 */
function sshCommand({ destination, acceptNew, ownForwards }: ClusterRoute): Argv {
  const settings = {
    BatchMode: 'yes',
    StrictHostKeyChecking: acceptNew ? 'accept-new' : 'yes',
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
  // Port 9 is discard: nothing is behind it.
  const flags = ['-T', ...(ownForwards ? [] : ['-R', '127.0.0.1:0:127.0.0.1:9'])];
  return ['ssh', ...sshArgs(destination, { flags, settings })];
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
