/** The instances of this user in every region into which this machine has launched any. */
import type { Aws } from '../../aws/aws.js';
import type { Fleet } from '../../aws/fleet.js';
import { findTagged, type OwnInstance } from '../../aws/standing.js';
import { ownerName } from '../../host/owner.js';
import { messageOf } from '../../lib/errno.js';
import { forgetRegion, knownRegions } from './regions.js';

/** A look at what runs shall not take longer. */
const LIMIT_MS = 10_000;

export interface OwnInstancesOptions {
  aws: Pick<Aws, 'openFleet'>;
  /** Where the regions are remembered. */
  folder: string;
  now: number;
}

export interface OwnInstances {
  found: readonly (OwnInstance & { fleet: Fleet })[];
  /** Where nobody could look: one sentence each. */
  unseen: readonly string[];
}

/** Never throws. */
export async function findOwnInstances({ aws, folder, now }: OwnInstancesOptions): Promise<OwnInstances> {
  const regions = await knownRegions(folder);
  const found: (OwnInstance & { fleet: Fleet })[] = [];
  const unseen: string[] = [];
  const self = await ownerName();
  await Promise.all(
    regions.map(async (region) => {
      try {
        const fleet = await aws.openFleet(region);
        const tagged = await findTagged(fleet, { self, now }, AbortSignal.timeout(LIMIT_MS));
        const mine = tagged.filter(({ isMine }) => isMine);
        found.push(...mine.map((one) => ({ ...one, fleet })));
        if (mine.length === 0) await forgetRegion(folder, region, now);
      } catch (error) {
        unseen.push(
          `EC2 instances of ours may be running in ${region}, and AWS cannot be asked: ${messageOf(error)}`,
        );
      }
    }),
  );
  return { found, unseen };
}
