/** Removes what a killed bench left at the machine's own Docker daemon: `docker-orphans.mjs LABEL`. The bench itself has ended. */
import Docker from 'dockerode';
import { findOrphans } from '../../dist/providers/docker/owner.js';
import { removeLeftDesktops } from '../../dist/runs/left-desktops.js';

const [label = ''] = process.argv.slice(2);
const docker = new Docker();
for (const { Id } of await docker.listContainers({ all: true, filters: { label: [label] } })) {
  await docker.getContainer(Id).remove({ force: true, v: true });
}
await removeLeftDesktops(await findOrphans(docker));
