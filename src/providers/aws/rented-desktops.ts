/** What this user has on EC2, and what it costs. */
import { TAGS } from '../../aws/fleet.js';
import { serverOf } from '../../aws/owner.js';
import { hourlyPrice, PRICES_DATE } from '../../aws/prices.js';
import type { RentedDesktop, RentedDesktops } from '../../runs/rented-desktops.js';
import { findOwnInstances, type OwnInstances, type OwnInstancesOptions } from './own-instances.js';

/** Of a request that ends an instance. */
const LIMIT_MS = 60_000;

const PRICE_NOTE = `on-demand prices of ${PRICES_DATE}, without disks and traffic`;

/** Never throws. */
export async function findRentedInstances(options: OwnInstancesOptions): Promise<RentedDesktops> {
  const { found, unseen } = await findOwnInstances(options);
  return { found: found.map(rentedOf), unseen, priceNote: PRICE_NOTE };
}

function rentedOf({ instance, fleet }: OwnInstances['found'][number]): RentedDesktop {
  const { id, type, zone, market, state, launchedAt, tags } = instance;
  const expires = new Date(tags[TAGS.expires] ?? '');
  return {
    ...{ name: id, provider: 'aws', type, where: zone ?? fleet.region, state },
    isSpot: market === 'spot',
    startedAt: launchedAt,
    // What a spot instance costs changes by the hour, and is not asked.
    hourlyPrice: market === 'spot' ? null : hourlyPrice(type, fleet.region),
    server: serverOf(tags),
    expiresAt: Number.isNaN(expires.getTime()) ? null : expires,
    end: () => fleet.terminate([id], AbortSignal.timeout(LIMIT_MS)),
  };
}
