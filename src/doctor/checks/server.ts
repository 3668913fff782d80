/** The env server: is it there, is it ours, and does it serve one client at a time. */
import { isLoopback } from '../../lib/addresses.js';
import { packageVersion } from '../../lib/package.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';
import { describeAnswer, type ServerLook } from '../facts/server.js';

const START = 'arpo-env serve --detach';

export const serverChecks: readonly Check[] = [
  {
    id: 'server.listening',
    link: 'server',
    title: 'something listens on its port',
    needs: [],
    run: onServer(async ({ url, health, listeners }) => {
      if (health.kind === 'answer' || health.kind === 'silent' || health.kind === 'closed')
        return pass(url.host);
      if (listeners !== null && listeners.length > 0) return pass(`${listeners[0]?.address}:${url.port}`);
      return fail({
        seen: `nothing listens on ${url.host} (${health.words})`,
        why: 'There is no env server: the tunnel answers 502 and the trainer gives up.',
        fix: START,
      });
    }),
  },
  {
    id: 'server.answers',
    link: 'server',
    title: 'it answers',
    needs: ['server.listening', 'bind.family', 'firewall.loopback'],
    run: onServer(async ({ url, health, holder }) => {
      if (health.kind === 'answer') return pass(`HTTP ${health.status}`);
      const who = holder ?? 'a process of another user';
      return fail({
        seen: `${who} listens on port ${url.port} and does not answer GET /health (${health.words})`,
        why: 'It hangs, or it does not speak HTTP; the trainer waits 20 minutes for its reset.',
        fix: `arpo-env stop, or end that process; then ${START}`,
      });
    }),
  },
  {
    id: 'server.token',
    link: 'server',
    title: 'it takes our token',
    needs: ['server.answers'],
    run: onServer(async ({ kind }, { looks }) => {
      const { token } = await looks.token();
      if (kind !== 'locked') return pass(token === null ? 'none is required' : 'yes');
      return fail({
        seen:
          token === null
            ? 'the server asks for a token, and none is configured here'
            : 'the server does not take the configured token',
        why: 'The trainer, with the same settings, is answered 401.',
        fix: 'give both the same one: export ARPO_ENV_TOKEN="$(cat token)", or server.tokenFile; then restart the server',
      });
    }),
  },
  {
    id: 'server.identity',
    link: 'server',
    title: 'it is an env server',
    needs: ['server.answers', 'server.token'],
    run: onServer(async ({ url, kind, health, holder }) => {
      if (kind === 'native') return pass("arpo-env's");
      if (kind === 'python') return pass('the Python env server');
      return fail({
        seen: `port ${url.port} is held by something else: ${holder ?? 'a process of another user'}, which answers ${describeAnswer(health)}`,
        why: 'The tunnel leads the trainer to it, and env servers cannot start there.',
        fix: 'stop it, or choose another port for the env server: --port, and tunnel.url to match',
      });
    }),
  },
  {
    id: 'server.version',
    link: 'server',
    title: 'it has the same version',
    needs: ['server.identity'],
    run: onServer(async ({ identity }) => {
      if (identity === null) return skip('it does not say');
      const { version } = identity;
      const here = packageVersion();
      if (version === here) return pass(version);
      return warn({
        seen: `the server that runs is arpo-env ${version}, and this is ${here}`,
        why: 'It was started before an update, and goes on as it was.',
        fix: `arpo-env stop && ${START}`,
      });
    }),
  },
  {
    id: 'server.docs',
    link: 'server',
    title: '/docs answers 200',
    needs: ['server.identity'],
    run: onServer(async ({ docs }) => {
      if (docs.kind === 'answer' && docs.status === 200) return pass('200');
      const seen = `GET /docs: ${docs.kind === 'answer' ? docs.status : docs.words}`;
      return warn({ seen, why: 'The server runs, and something of it does not.', fix: 'arpo-env logs' });
    }),
  },
  {
    id: 'server.resets',
    link: 'server',
    title: 'resets do not chase each other',
    needs: ['server.identity'],
    async run({ looks }) {
      const log = await looks.serverLog();
      if (log === null) return skip('the server logs to no file that is known here');
      if (log.resetsInARow < 4) return pass(`at most ${log.resetsInARow} in a row in the last minutes`);
      return warn({
        seen: `${log.resetsInARow} resets in a row without a step between them (${log.file})`,
        why: 'Two trainers reset the same env, or one retries too early: each throws away the episode of the other.',
        fix: 'let one client use one env: stop the other trainer, or serve --envs N and give each worker its own /envs/k',
      });
    },
  },
  {
    id: 'server.clients',
    link: 'server',
    title: 'one client uses one env',
    needs: ['server.identity'],
    run: onServer(async ({ native, peers }, { config, looks }) => {
      const why = 'Their episodes mix: one env is one queue, and each waits for the other.';
      const fix = 'one client for each env: serve --envs N, and http://…/envs/k for worker k';
      const log = await looks.serverLog();
      if (log !== null && log.busy > 0) {
        return warn({
          seen: `${log.busy} requests were refused in the last minutes because too many waited`,
          why,
          fix,
        });
      }
      if (native && native.queue > 0) {
        return warn({ seen: `${native.queue} operations wait behind the one that runs on env 0`, why, fix });
      }
      const others = peers.filter((address) => !isLoopback(address));
      if (others.length > config.server.envs) {
        return warn({
          seen: `${others.length} machines are connected: ${others.join(', ')}; envs: ${config.server.envs}`,
          why,
          fix,
        });
      }
      return pass('nobody waits');
    }),
  },
];

function onServer(run: (server: ServerLook, context: CheckContext) => Promise<Finding>): Check['run'] {
  return async (context) => run(await context.looks.server(), context);
}
