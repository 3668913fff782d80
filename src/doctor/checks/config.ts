/** The config itself, and whether its ports and addresses lead from one link to the next. */
import { isLoopback } from '../../lib/addresses.js';
import { shellLine, shellQuote } from '../../shell-words.js';
import { type Check, fail, pass, skip, warn } from '../check.js';
import { commandFix } from '../command-fix.js';

export const configChecks: readonly Check[] = [
  {
    id: 'config.file',
    link: 'config',
    title: 'the config can be used',
    roles: ['vm', 'laptop', 'ec2', 'cluster'],
    needs: [],
    run({ loaded, configError }) {
      if (configError) {
        const why = 'Without its config neither the server nor the tunnel starts.';
        return fail({ seen: configError.message, why, fix: configError.fix });
      }
      return pass(loaded?.file ?? 'no config file: defaults, environment and flags');
    },
  },
  {
    id: 'config.warnings',
    link: 'config',
    title: 'the config has no unknown or exposed settings',
    needs: [],
    run({ loaded }) {
      const [first, ...others] = loaded?.warnings ?? [];
      if (first === undefined) return pass('every variable is known, no secret is exposed');
      const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
      const fix =
        /fix it with: (.+)$/.exec(first)?.[1] ??
        'arpo-env config print shows what applies and where it comes from';
      return warn({
        seen: `${first}${more}`,
        why: 'What is set there has no effect, or is seen by others.',
        fix,
      });
    },
  },
  {
    id: 'config.ports',
    link: 'config',
    title: 'the ports fit along the chain',
    needs: [],
    run({ config, topology }) {
      const { tunnel, server, cluster } = config;
      const target = tunnel.url === undefined ? null : new URL(tunnel.url);
      const why =
        'A link that leads to another port than the next one listens on ends in "Connection refused".';
      if (target && isLoopback(target.hostname) && Number(target.port || 80) !== server.port) {
        const seen = `tunnel.url leads to port ${target.port || 80}, and the env server listens on ${server.port}`;
        return fail({ seen, why, fix: `set tunnel.url to http://127.0.0.1:${server.port}, or remove it` });
      }
      const trainer = cluster.envUrl === undefined ? null : new URL(cluster.envUrl);
      const expected = topology.kind === 'direct' ? server.port : tunnel.remotePort;
      if (trainer && expected !== 0 && Number(trainer.port || 80) !== expected) {
        const setting = topology.kind === 'direct' ? 'server.port' : 'tunnel.remotePort';
        const seen = `cluster.envUrl has port ${trainer.port || 80}, and ${setting} is ${expected}`;
        return fail({
          seen,
          why,
          fix: `set cluster.envUrl to ${trainer.protocol}//${trainer.hostname}:${expected}`,
        });
      }
      const chain = topology.kind === 'tunnel' ? ` ← tunnel ${tunnel.remotePort}` : '';
      return pass(`env server ${server.port}${chain}`);
    },
  },
  {
    id: 'config.runs',
    link: 'config',
    title: 'no dead server or tunnel left an entry',
    needs: [],
    async run({ looks }) {
      const { running, stale } = await looks.runs();
      const left = stale.find(({ orphans }) => orphans.length > 0);
      if (left) {
        return warn({
          seen: `a dead ${left.run?.kind ?? 'server'} left pid ${left.orphans.join(', ')} running`,
          why: 'What it left may still hold the port, or answer in the place of a new server.',
          fix: 'arpo-env stop',
        });
      }
      const names = running.map(({ kind, url }) => `${kind} ${url}`).join(', ');
      return pass(names || 'nothing of arpo-env runs here');
    },
  },
  {
    id: 'config.token',
    link: 'config',
    title: "the server's token can be read",
    needs: [],
    async run({ config, looks, machine }) {
      const { token, file, problem } = await looks.token();
      const why = 'The env server does not start without the token that it was told to ask for.';
      const path = shellQuote(file ?? '');
      const make = `openssl rand -hex 32 > ${path} && chmod 600 ${path}`;
      switch (problem) {
        case 'missing':
          return fail({
            seen: `the token file ${file} is missing, or this user may not read it`,
            why,
            fix: make,
          });
        case 'empty':
          return fail({ seen: `the token file ${file} is empty`, why, fix: make });
        case 'open': {
          const argv = ['chmod', '600', file ?? ''] as const;
          return fail({
            seen: `the token file ${file} is readable by other users`,
            why,
            fix: shellLine(argv),
            safeFix: commandFix(machine, argv),
          });
        }
        case null:
          break;
      }
      if (token !== null || isLoopback(config.server.host)) {
        return pass(
          token === null ? 'none, and none is needed on loopback' : `from ${file ?? 'server.token'}`,
        );
      }
      if (config.server.insecure) return skip('server.insecure: none is required');
      return fail({
        seen: `server.host is ${config.server.host}, and there is no token`,
        why: 'A server that others can reach refuses to start without one.',
        fix: 'openssl rand -hex 32 > token && chmod 600 token, then set server.tokenFile: token',
      });
    },
  },
];
