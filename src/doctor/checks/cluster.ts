/** What the trainer meets on the cluster: the port's answer, names, proxies, Ray. */
import type { ServerIdentity } from '../../env-api/health.js';
import { isLoopback } from '../../lib/addresses.js';
import { packageVersion } from '../../lib/package.js';
import { pastedTunnel } from '../../ssh/host/command-line.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { proxyInTheWay } from '../facts/proxy.js';
import { identityOf, serverKind } from '../facts/server.js';
import { clusterHost } from '../facts/ssh-config.js';
import { BOTH_SIDES, CLUSTER_LIMIT_MS, onCluster, thereRun } from './on-cluster.js';

/** `tunnel/bad-gateway.ts` marks its own answers with it. */
const TUNNEL_HEADER = 'x-arpo-env-tunnel';

const common = { link: 'cluster', roles: BOTH_SIDES, limitMs: CLUSTER_LIMIT_MS } as const;

export const clusterChecks: readonly Check[] = [
  {
    ...common,
    id: 'cluster.http-client',
    title: 'the cluster can send a test request',
    needs: ['ssh.session'],
    run: onCluster((facts) => {
      if (facts.probe !== null) return pass('curl or python3');
      return warn({
        seen: `${facts.host} has neither curl nor python3`,
        why: 'Whether the trainer’s URL answers there cannot be tested.',
        fix: 'load a module that has one (module load python), or ask for curl',
      });
    }),
  },
  {
    ...common,
    id: 'cluster.refused',
    title: "the trainer's URL accepts connections",
    needs: [
      'tunnel.owner',
      'tunnel.bind',
      'server.listening',
      'bind.family',
      'bind.address',
      'firewall.ufw',
      'firewall.iptables',
      'firewall.nft',
      'aws.security-group',
      'aws.network-acl',
    ],
    run: onCluster((facts, context) => {
      const { probe } = facts;
      const { topology, role } = context;
      const url = topology.trainerUrl.origin;
      if (probe === null) return skip('nothing there can test it');
      if (probe.kind === 'refused') {
        const direct = topology.kind === 'direct';
        return fail({
          seen: `${url} refuses connections on ${facts.host}`,
          why: 'The trainer reads "[Errno 111] Connection refused".',
          fix: direct
            ? `is ${topology.trainerUrl.hostname} still this machine's address? then look at what is in between; or use a tunnel: arpo-env tunnel HOST`
            : role === 'cluster'
              ? `on the env machine: arpo-env doctor ${facts.host}`
              : pastedTunnel(clusterHost(context)),
        });
      }
      if (probe.kind === 'unresolved') {
        const fix = `write its address into env.remote_server_url; see: ${thereRun(context, `getent hosts ${topology.trainerUrl.hostname}`)}`;
        return fail({
          seen: `${facts.host} cannot resolve ${topology.trainerUrl.hostname}`,
          why: 'The trainer cannot dial a name without an address.',
          fix,
        });
      }
      return pass(url);
    }),
  },
  {
    ...common,
    id: 'cluster.timeout',
    title: "the trainer's URL answers in time",
    needs: ['cluster.refused', 'tunnel.stale'],
    run: onCluster((facts, context) => {
      const { probe } = facts;
      const url = context.topology.trainerUrl.origin;
      if (probe === null) return skip('nothing there can test it');
      if (probe.kind !== 'silent' && probe.kind !== 'failed') return pass('yes');
      const direct = context.topology.kind === 'direct';
      return fail({
        seen: `${url} on ${facts.host}: ${probe.words || 'no answer'}`,
        why: direct
          ? 'Packets to it are dropped on the way: a firewall, a security group, a wrong address.'
          : 'The connection is accepted, and nothing comes back.',
        fix: direct
          ? `admit the cluster on port ${context.topology.trainerUrl.port || 80} wherever it is filtered; or use a tunnel, which needs no open port: arpo-env tunnel HOST`
          : `look at the server's side: arpo-env status, arpo-env logs${context.role === 'cluster' ? ' on the env machine' : ''}`,
      });
    }),
  },
  {
    ...common,
    id: 'cluster.bad-gateway',
    title: 'the tunnel finds the env server',
    needs: ['cluster.timeout', 'server.answers', 'bind.address'],
    run: onCluster(({ probe, host }, { role }) => {
      if (probe?.kind !== 'answer') return skip('nothing answered');
      if (probe.headers[TUNNEL_HEADER] === undefined) return pass('yes');
      const here = role === 'cluster' ? 'on the env machine: ' : '';
      return fail({
        seen: `the tunnel answers ${probe.status} on ${host}: its other end finds no env server`,
        why: 'The tunnel is up and the server behind it is down, or is on another port.',
        fix: `${here}arpo-env serve --detach; is it on another port? ${here}arpo-env tunnel --url http://127.0.0.1:PORT`,
      });
    }),
  },
  {
    ...common,
    id: 'cluster.identity',
    title: 'what answers there is an env server',
    needs: ['cluster.bad-gateway', 'server.identity'],
    run: onCluster(({ probe, host }, { topology }) => {
      if (probe?.kind !== 'answer') return skip('nothing answered');
      const kind = serverKind(probe);
      if (kind !== 'other') return pass(kind === 'python' ? 'the Python env server' : 'arpo-env');
      const server = probe.headers.server ? ` from ${probe.headers.server}` : '';
      return fail({
        seen: `${topology.trainerUrl.origin} on ${host} is another service (HTTP ${probe.status}${server})`,
        why: 'The trainer sends its resets to it, and reads errors.',
        fix: 'choose another port for the tunnel: tunnel.remotePort, and the trainer’s URL to match',
      });
    }),
  },
  {
    ...common,
    id: 'cluster.same-server',
    title: 'it is the same server as here',
    needs: ['cluster.identity'],
    run: onCluster(async ({ probe }, { looks, role }) => {
      if (probe?.kind !== 'answer') return skip('nothing answered');
      if (role === 'cluster') return skip('the other side is not known here');
      const here = (await looks.server()).identity;
      const there = identityOf(probe);
      if (!here || !there) return skip('one of them does not say who it is');
      if (nameOf(here) === nameOf(there)) return pass(nameOf(there));
      return fail({
        seen: `the cluster reaches ${nameOf(there)}, and the env server here is ${nameOf(here)}`,
        why: 'Training uses other desktops than the ones you see here: the tunnel or the port belongs to somebody else.',
        fix: 'use a port of your own: tunnel.remotePort, and the trainer’s URL to match',
      });
    }),
  },
  {
    ...common,
    id: 'cluster.version',
    title: 'it has the same version',
    // On the env machine server.version says it.
    roles: ['cluster'],
    needs: ['cluster.identity'],
    run: onCluster(({ probe }, { topology }) => {
      const there = probe?.kind === 'answer' ? identityOf(probe) : null;
      if (there === null) return skip('it does not say');
      const here = packageVersion();
      if (there.version === here) return pass(here);
      return warn({
        seen: `${topology.trainerUrl.origin} leads to arpo-env ${there.version}, and this is ${here}`,
        why: 'One side was updated: what this doctor expects of the server may not hold.',
        fix: `npm install --global arpo-env@${there.version} here, or update the env machine and there: arpo-env stop && arpo-env serve --detach`,
      });
    }),
  },
  {
    ...common,
    id: 'cluster.token',
    title: 'the trainer has the token',
    needs: ['cluster.identity'],
    run: onCluster(({ probe, training }, context) => {
      if (probe?.kind !== 'answer' || serverKind(probe) !== 'locked') return pass('none is required');
      const url = context.config.cluster.envUrl ?? trainerUrlIn(training.values);
      if (url && URL.canParse(url) && new URL(url).password !== '') return pass("it is in the trainer's URL");
      const { host } = context.topology.trainerUrl;
      return fail({
        seen: 'the env server asks for a token, and the trainer’s URL holds none',
        why: 'RemoteEnvWorker sends no header of its own: every request is answered 401.',
        fix: `env.remote_server_url: "http://arpo:TOKEN@${host}" in ${training.path || 'the training config'}`,
      });
    }),
  },
  {
    ...common,
    id: 'cluster.shared',
    title: 'only you can use the desktops from there',
    needs: ['cluster.identity'],
    run: onCluster(({ probe, shared, host, user }, context) => {
      const { topology } = context;
      if (probe?.kind !== 'answer') return skip('nothing answered');
      if (serverKind(probe) === 'locked') return pass('a token is required');
      if (topology.kind === 'direct') return skip('the trainer dials this machine');
      if (!shared) return pass('nobody else has an account there');
      return warn({
        seen: `${topology.trainerUrl.origin} on ${host} answers without credentials, and ${user.name} is not the only account there`,
        why: 'Everybody who can log in there can drive the desktops, and read what they show.',
        fix: `openssl rand -hex 32 > token && chmod 600 token, then arpo-env serve --token-file token; the trainer's URL is then http://arpo:TOKEN@${topology.trainerUrl.host}`,
      });
    }),
  },
  {
    ...common,
    id: 'cluster.localhost',
    title: 'localhost means 127.0.0.1',
    needs: ['ssh.session'],
    run: onCluster(({ localhost, training, host }, { topology }) => {
      if (localhost !== '::1') return pass(localhost ?? 'it does not say');
      const named = [topology.trainerUrl.href, trainerUrlIn(training.values) ?? ''].some((url) =>
        /\/\/([^@/]*@)?localhost\b/.test(url),
      );
      const trouble = {
        seen: `localhost is ::1 first on ${host}`,
        why: 'The tunnel’s port is bound to 127.0.0.1: a client that does not try the second address is refused.',
        fix: `write 127.0.0.1 instead of localhost: env.remote_server_url: "http://127.0.0.1:${topology.trainerUrl.port || 80}"`,
      };
      return named ? fail(trouble) : pass('::1 first, and the trainer’s URL does not say localhost');
    }),
  },
  {
    ...common,
    id: 'cluster.proxy',
    title: 'the trainer’s requests bypass the proxy',
    needs: ['ssh.session'],
    run: onCluster((facts, context) => {
      const { hostname } = context.topology.trainerUrl;
      const proxy = proxyInTheWay(facts.proxies, hostname);
      if (proxy === null)
        return pass(facts.proxies.length === 0 ? 'there is none' : `no_proxy has ${hostname}`);
      const where = proxy.inFile ? 'a start-up file of the shell' : 'the environment';
      return fail({
        seen: `${proxy.name} is set in ${where} of ${facts.host}, and no_proxy does not name ${hostname}`,
        why: `Python's requests sends even ${isLoopback(hostname) ? 'loopback' : 'this address'} to the proxy, which knows nothing of the tunnel.`,
        fix: thereRun(
          context,
          `export no_proxy="$no_proxy,${hostname},localhost" NO_PROXY="$no_proxy,${hostname},localhost"`,
        ),
      });
    }),
  },
];

function nameOf({ version, provider }: ServerIdentity): string {
  return `arpo-env ${version} with provider ${provider}`;
}

/** Both spellings: `remote_server_url` of the code, `remote_env_url` of an older runbook. */
export function trainerUrlIn(values: Record<string, unknown> | null): string | undefined {
  const env = values?.env as Record<string, unknown> | undefined;
  const url = env?.remote_server_url ?? env?.remote_env_url;
  return typeof url === 'string' ? url : undefined;
}
