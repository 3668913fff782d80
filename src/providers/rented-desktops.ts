/** What this user rents by the hour, whichever provider it comes from: so far only AWS. */
import type { FindRentedDesktops } from '../runs/rented-desktops.js';
import { stateFolder } from '../runs/state-folder.js';

export const findRentedDesktops: FindRentedDesktops = async () => {
  const folder = stateFolder(process.env).awsRegions;
  const { knownRegions } = await import('./aws/regions.js');
  if ((await knownRegions(folder)).length === 0) return { found: [], unseen: [], priceNote: '' };
  const [{ findRentedInstances }, { localAws }] = await Promise.all([
    import('./aws/rented-desktops.js'),
    import('../aws/aws.js'),
  ]);
  return findRentedInstances({ aws: localAws(process.env), folder, now: Date.now() });
};
