/** What dead servers left of their desktops, whichever provider they came from. */
import type { FindLeftDesktops, LeftDesktops } from '../runs/left-desktops.js';
import { detailsOf } from '../runs/run.js';
import { stateFolder } from '../runs/state-folder.js';

/**
 * Docker is asked where a dead server had its desktops there: it may be far away, and need not run. AWS is asked wherever
 * instances were launched from here: they cost money until somebody ends them.
 */
export const findLeftDesktops: FindLeftDesktops = async (dead) => {
  const folders = stateFolder(process.env);
  const looks: (() => Promise<LeftDesktops>)[] = [
    async () => {
      const { findOrphans } = await import('./local/record.js');
      return { found: await findOrphans(folders.desktops), unseen: [] };
    },
    async () => {
      const { findLeftMachines } = await import('./vmware/left-desktops.js');
      return { found: await findLeftMachines(folders.vmware, process.env), unseen: [] };
    },
    async () => {
      const { knownRegions } = await import('./aws/regions.js');
      if ((await knownRegions(folders.awsRegions)).length === 0) return NOTHING;
      const [{ findLeftInstances }, { localAws }] = await Promise.all([
        import('./aws/left-desktops.js'),
        import('../aws/aws.js'),
      ]);
      const aws = localAws(process.env);
      return findLeftInstances({ aws, folder: folders.awsRegions, now: Date.now() });
    },
  ];
  if (dead.some((run) => detailsOf(run).provider === 'docker')) {
    looks.push(async () => (await import('./docker/left-desktops.js')).findLeftContainers(process.env));
  }
  const seen = await Promise.all(looks.map((look) => look()));
  return { found: seen.flatMap(({ found }) => found), unseen: seen.flatMap(({ unseen }) => unseen) };
};

const NOTHING: LeftDesktops = { found: [], unseen: [] };
