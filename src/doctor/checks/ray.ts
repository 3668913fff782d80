/** Ray on the cluster, as ARPO's trainer wants it. */
import { isLoopback } from '../../lib/addresses.js';
import { type Check, pass, skip, warn } from '../check.js';
import { BOTH_SIDES, CLUSTER_LIMIT_MS, onCluster, thereRun } from './on-cluster.js';

const common = { link: 'cluster', roles: BOTH_SIDES, limitMs: CLUSTER_LIMIT_MS } as const;

export const rayChecks: readonly Check[] = [
  {
    ...common,
    id: 'ray.running',
    title: 'Ray runs',
    needs: ['ssh.session'],
    run: onCluster((facts, context) => {
      const { ray, host } = facts;
      const { rayPort } = context.config.cluster;
      if (ray.running) return pass(`its head is on port ${ray.headPort ?? rayPort}`);
      return warn({
        seen: `Ray does not run on ${host}`,
        why: 'The trainer then starts one of its own, without the resource that pins the env worker to the tunnel’s end.',
        fix: thereRun(context, startCommand(rayPort)),
      });
    }),
  },
  {
    ...common,
    id: 'ray.port',
    title: 'its head listens on the configured port',
    needs: ['ray.running'],
    run: onCluster((facts, context) => {
      const { ray, host } = facts;
      const { rayPort } = context.config.cluster;
      if (!ray.running) return skip('Ray does not run');
      if (ray.portOpen || ray.headPort === rayPort) return pass(`${rayPort}`);
      return warn({
        seen: `Ray on ${host} has its head on port ${ray.headPort ?? 'another'}, and cluster.rayPort is ${rayPort}`,
        why: 'Workers that are told the configured port do not find it.',
        fix:
          ray.headPort === null
            ? thereRun(context, `ray stop && ${startCommand(rayPort)}`)
            : `set cluster.rayPort to ${ray.headPort}`,
      });
    }),
  },
  {
    ...common,
    id: 'ray.resource',
    title: 'it has the resource of the env worker',
    needs: ['ray.running'],
    run: onCluster((facts, context) => {
      const { ray } = facts;
      if (!ray.running) return skip('Ray does not run');
      const addresses = ray.resources.flatMap((name) => (name.startsWith('docker:') ? [name.slice(7)] : []));
      const fits = ({ nodeAddress }: typeof ray, address: string) =>
        nodeAddress === null || address === nodeAddress || isLoopback(address);
      if (addresses.some((address) => fits(ray, address)))
        return pass(`docker:${addresses.join(', docker:')}`);
      const [other] = addresses;
      return warn({
        seen: other
          ? `Ray on ${facts.host} has docker:${other}, and its address is ${ray.nodeAddress}`
          : `Ray on ${facts.host} has no resource named docker:IP`,
        why: 'A trainer that pins its env worker by it waits for ever.',
        fix: thereRun(context, `ray stop && ${startCommand(context.config.cluster.rayPort)}`),
      });
    }),
  },
];

function startCommand(port: number): string {
  return `ray start --head --port=${port} --resources='{"docker:127.0.0.1": 1}'`;
}
