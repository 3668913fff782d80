/** What dead servers left of their desktops, whichever provider they came from. */
import type { FindLeftDesktops } from '../runs/left-desktops.js';
import { detailsOf } from '../runs/run.js';
import { stateFolder } from '../runs/state-folder.js';

/** Docker is asked where a dead server had its desktops there: it may be far away, and need not run. */
export const findLeftDesktops: FindLeftDesktops = async (dead) => {
  const { findOrphans } = await import('./local/record.js');
  const local = await findOrphans(stateFolder(process.env).desktops);
  if (!dead.some((run) => detailsOf(run).provider === 'docker')) return { found: local, unseen: [] };
  const { findLeftContainers } = await import('./docker/left-desktops.js');
  const { found, unseen } = await findLeftContainers(process.env);
  return { found: [...local, ...found], unseen };
};
