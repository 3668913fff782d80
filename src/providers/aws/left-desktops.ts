/** The instances that only cost money: what dead servers of this machine left, and what nobody has prolonged any more. */
import type { LeftDesktop, LeftDesktops } from '../../runs/left-desktops.js';
import { findOwnInstances, type OwnInstances, type OwnInstancesOptions } from './own-instances.js';

/** Of a request that ends instances. */
const LIMIT_MS = 60_000;

/** Never throws. */
export async function findLeftInstances(options: OwnInstancesOptions): Promise<LeftDesktops> {
  const { found, unseen } = await findOwnInstances(options);
  return { found: found.flatMap((own) => leftOf(own) ?? []), unseen };
}

function leftOf({ instance, standing, fleet }: OwnInstances['found'][number]): LeftDesktop | null {
  if (standing.kind === 'kept') return null;
  return {
    ...{ name: instance.id, provider: 'aws', server: standing.server, isBeingRemoved: false },
    ...(standing.kind === 'expired' ? { expiredAt: standing.since } : {}),
    remove: () => fleet.terminate([instance.id], AbortSignal.timeout(LIMIT_MS)),
  };
}
