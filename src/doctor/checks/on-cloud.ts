/** For checks that judge what EC2 said. */

import type { CloudFacts } from '../../aws/cloud-facts.js';
import { type Check, type Finding, skip } from '../check.js';
import type { CheckContext } from '../context.js';

/** These wait for several answers of AWS. */
export const CLOUD_LIMIT_MS = 15_000;

export function withFacts(
  run: (facts: CloudFacts, context: CheckContext) => Finding | Promise<Finding>,
): Check['run'] {
  return async (context) => {
    const look = await context.looks.cloud();
    if (look.kind === 'facts') return run(look.facts, context);
    return skip(look.kind === 'none' ? look.why : 'AWS does not say');
  };
}

/** Whether the trainer's packets to this machine vanish: then what AWS cannot tell us is what breaks the chain. */
export async function isTrainerCutOff({ looks, topology }: CheckContext): Promise<boolean> {
  if (topology.kind !== 'direct') return false;
  const look = await looks.cluster();
  return look.kind === 'facts' && look.facts.probe?.kind === 'silent';
}
