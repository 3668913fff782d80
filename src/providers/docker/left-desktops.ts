/** What dead servers left with the Docker daemon that the environment names. */
import { messageOf } from '../../lib/errno.js';
import type { LeftDesktops } from '../../runs/left-desktops.js';
import { connectDaemon, within } from './daemon.js';
import { findDaemon } from './daemon-address.js';
import { dockerError } from './errors.js';
import { findOrphans } from './owner.js';

/** A look at what runs shall not take longer. */
const LIMIT_MS = 5000;

/** Never throws. */
export async function findLeftContainers(env: NodeJS.ProcessEnv): Promise<LeftDesktops> {
  try {
    const address = await findDaemon(env);
    const { api } = await connectDaemon(address);
    const looking = within(LIMIT_MS, findOrphans(api));
    const found = await looking.catch(async (error: unknown) => {
      throw await dockerError(error, { address, doing: 'list the desktops of dead servers' });
    });
    return { found, unseen: [] };
  } catch (error) {
    return { found: [], unseen: [`desktops of a dead server may still be there: ${messageOf(error)}`] };
  }
}
