/** For checks that judge what the cluster said. */

import type { ClusterFacts } from '../../cluster-facts/cluster-facts.js';
import type { ClusterLook } from '../../cluster-facts/look.js';
import { type Check, type Finding, skip } from '../check.js';
import type { CheckContext } from '../context.js';
import { ENV_MACHINES, type Role } from '../role.js';

export const BOTH_SIDES: readonly Role[] = [...ENV_MACHINES, 'cluster'];
/** These wait for the one SSH connection. */
export const CLUSTER_LIMIT_MS = 20_000;

export type ClusterAnswer = Extract<ClusterLook, { kind: 'facts' }>;

export function onCluster(
  run: (facts: ClusterFacts, context: CheckContext, look: ClusterAnswer) => Finding | Promise<Finding>,
): Check['run'] {
  return async (context) => {
    const look = await context.looks.cluster();
    return look.kind === 'facts'
      ? run(look.facts, context, look)
      : skip('no cluster is named: arpo-env doctor HOST');
  };
}

/** `on deepx: COMMAND` from elsewhere; on the cluster the command alone. */
export function thereRun({ topology, role }: CheckContext, command: string): string {
  return role === 'cluster' || topology.host === null ? command : `on ${topology.host}: ${command}`;
}
