/** A cluster of its own, the service here, a tunnel between and somebody who asks all the time: started and ended as one. */
import { removalOfNetCluster, startNetCluster } from '../../support/net-cluster.mjs';
import { atEnd } from '../support/bench.mjs';
import { startService, watch } from './cluster-side.mjs';

/** What the tunnel benches need; each as its Debian package. */
export const PROGRAMS = {
  ip: 'iproute2',
  ss: 'iproute2',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  autossh: 'autossh',
};

/**
 * Resolves when the tunnel is up. `start` starts it; `settings` are lines for sshd_config; `index` tells worlds that are
 * there at the same time apart. `service` and `tunnel` may be replaced.
 */
export async function startWorld({ start, settings = [], hasAccount = false, index = 0 }) {
  const account = hasAccount ? `arpob${process.pid % 100_000}x${index}` : null;
  atEnd('sh', '-c', removalOfNetCluster({ account, index }));
  const cluster = await startNetCluster({ account, settings, index });
  const watcher = watch(cluster);
  const world = {
    cluster,
    watcher,
    start,
    service: null,
    tunnel: null,
    async stop() {
      watcher.stop();
      await world.tunnel?.stop();
      await world.service?.stop();
      await cluster[Symbol.asyncDispose]();
    },
  };
  try {
    world.service = await startService();
    world.tunnel = start(cluster, world.service.port);
    await watcher.up();
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}
