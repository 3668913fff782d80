/** The training config, against the server that it will meet (env-protocol.md §8: what the trainer does with each key). */

import type { ClusterFacts } from '../../cluster-facts/cluster-facts.js';
import { maskCredentials } from '../../config/mask.js';
import { isLoopback } from '../../lib/addresses.js';
import { type Check, type Finding, fail, pass, skip, warn } from '../check.js';
import type { CheckContext } from '../context.js';
import { isPlaceholder, numberIn } from '../facts/training-config.js';
import { trainerUrlIn } from './cluster.js';
import { BOTH_SIDES, CLUSTER_LIMIT_MS, onCluster, thereRun } from './on-cluster.js';

/** The trainer's own default (env-protocol.md §8): one less than the server's. */
const DEFAULT_MAX_STEPS = 15;

const common = { link: 'trainer', roles: BOTH_SIDES, limitMs: CLUSTER_LIMIT_MS } as const;

export const trainerChecks: readonly Check[] = [
  {
    ...common,
    id: 'trainer.repo',
    title: "the trainer's clone is there",
    needs: ['ssh.session'],
    run: onCluster(({ repo, host }, { config }) => {
      if (repo.exists) return pass(repo.path);
      if (repo.path === '') {
        const seen = `no clone with ${config.cluster.trainingConfig} was found on ${host}`;
        return warn({
          seen,
          why: 'The training config cannot be checked.',
          fix: 'say where it is: export ARPO_ENV_CLUSTER_REPO=/path/of/the/clone, or cluster.repo in the config',
        });
      }
      return fail({
        seen: `${repo.path} does not exist on ${host}`,
        why: 'Training runs from it.',
        fix: 'clone it there, with --recurse-submodules, or correct cluster.repo',
      });
    }),
  },
  {
    ...common,
    id: 'trainer.config',
    title: 'the training config can be read',
    needs: ['trainer.repo'],
    run: onCluster(({ training, repo }) => {
      if (!repo.exists) return skip('there is no clone');
      const { path, exists, others, error } = training;
      const why = 'The trainer is started with config=FILE.';
      if (!exists) {
        const fix =
          others.length > 0
            ? `cluster.trainingConfig is one of: ${others.map((file) => file.replace(`${repo.path}/`, '')).join(', ')}`
            : 'correct cluster.trainingConfig';
        return fail({ seen: `${path} does not exist`, why, fix });
      }
      if (error !== null) return fail({ seen: `${path}: ${error}`, why, fix: 'fix the line that it names' });
      return pass(path);
    }),
  },
  {
    ...common,
    id: 'trainer.placeholder',
    title: 'no placeholder is left in its URL',
    needs: ['trainer.config'],
    run: withTraining((values, { training }, context) => {
      const url = trainerUrlIn(values);
      if (url === undefined || !isPlaceholder(url)) return pass('none');
      return fail({
        seen: `${training.path} still says env.remote_server_url: "${url}"`,
        why: 'The trainer dials a name that does not exist.',
        fix: `env.remote_server_url: "${context.topology.trainerUrl.origin}"`,
      });
    }),
  },
  {
    ...common,
    id: 'trainer.url',
    title: 'its URL leads to the env server',
    needs: ['trainer.placeholder'],
    run: withTraining((values, { training }, { topology }) => {
      const expected = topology.trainerUrl;
      const url = trainerUrlIn(values);
      const fix = `env.remote_server_url: "${expected.origin}" in ${training.path}`;
      if (url === undefined) {
        const why = 'Without it the trainer starts Docker desktops of its own on the cluster.';
        return fail({ seen: `${training.path} has no env.remote_server_url`, why, fix });
      }
      const why = 'The trainer dials another place than the chain leads to: "Connection refused".';
      if (!URL.canParse(url))
        return fail({ seen: `${training.path}: "${maskCredentials(url)}" is not a URL`, why, fix });
      if (!leadsTo(new URL(url), expected)) {
        return fail({
          seen: `${training.path} says ${maskCredentials(url)}, and the env server is at ${expected.origin}`,
          why,
          fix,
        });
      }
      return pass(maskCredentials(url));
    }),
  },
  {
    ...common,
    id: 'trainer.spelling',
    title: 'the URL has the name that the code reads',
    needs: ['trainer.url'],
    run: withTraining((values, { training }) => {
      const env = values.env as Record<string, unknown> | undefined;
      if (env?.remote_server_url !== undefined || env?.remote_env_url === undefined)
        return pass('env.remote_server_url');
      return warn({
        seen: `${training.path} spells it env.remote_env_url`,
        why: 'Trainers with RemoteEnvWorker read env.remote_server_url; with the other name they start local desktops.',
        fix: 'name it env.remote_server_url (keep the old name too if your trainer reads that)',
      });
    }),
  },
  {
    ...common,
    id: 'trainer.envs',
    title: 'it counts on one remote env',
    needs: ['trainer.config'],
    run: withTraining((values, { training }) => {
      const envs = numberIn(values, 'env.num_envs') ?? 32;
      if (envs === 1) return pass('env.num_envs: 1');
      return warn({
        seen: `${training.path} has env.num_envs: ${envs}`,
        why: 'With a remote URL the trainer makes exactly one worker; the rest of the batch is thrown away.',
        fix: 'env.num_envs: 1',
      });
    }),
  },
  {
    ...common,
    id: 'trainer.max-steps',
    title: 'its episodes are as long as the server’s',
    needs: ['trainer.config'],
    run: withTraining((values, { training }, { config, role }) => {
      const steps = numberIn(values, 'env.max_steps') ?? DEFAULT_MAX_STEPS;
      // On the cluster itself the server's setting is only known by its default.
      const { maxSteps } = config.server;
      if (steps >= maxSteps) return pass(`${steps}, the server ends after ${maxSteps}`);
      return fail({
        seen: `${training.path} has env.max_steps: ${steps}, and the server ends an episode after ${maxSteps}`,
        why: 'A long episode is then never evaluated, and the trainer dies: `assert None not in eval_results_objects`.',
        fix: `env.max_steps: ${maxSteps}${role === 'cluster' ? '' : `; or arpo-env serve --max-steps ${steps}`}`,
      });
    }),
  },
  {
    ...common,
    id: 'trainer.images',
    title: 'its model takes as many images as an episode has',
    needs: ['trainer.config'],
    run: withTraining((values, { training }, { config }) => {
      const images = numberIn(values, 'rollout.limit_images');
      const { maxSteps } = config.server;
      if (images === undefined || images === 0 || images >= maxSteps)
        return pass(images === undefined ? 'no limit is set' : String(images));
      return warn({
        seen: `${training.path} has rollout.limit_images: ${images}, and an episode has up to ${maxSteps} screenshots`,
        why: `vLLM refuses the prompt with the ${images + 1}th image.`,
        fix: `rollout.limit_images: ${maxSteps}`,
      });
    }),
  },
  {
    ...common,
    id: 'trainer.batch-size',
    title: 'its rollout batch fits the global batch',
    needs: ['trainer.config'],
    run: withTraining((values, { training }) => {
      const rollout = numberIn(values, 'rollout_batch_size');
      const global = numberIn(values, 'actor.global_batch_size');
      if (rollout === undefined || global === undefined || rollout <= global)
        return pass(`${rollout ?? 'default'} ≤ ${global ?? 'default'}`);
      return fail({
        seen: `${training.path} has rollout_batch_size: ${rollout} above actor.global_batch_size: ${global}`,
        why: 'With a remote env the trainer refuses to start.',
        fix: `rollout_batch_size: ${global}`,
      });
    }),
  },
  {
    ...common,
    id: 'trainer.conda',
    title: 'its conda environment is there',
    needs: ['ssh.session'],
    run: onCluster((facts, context) => {
      const { bases, env } = facts.conda;
      const name = context.config.cluster.condaEnv;
      if (env !== null) return pass(env);
      if (bases.length === 0) return skip('there is no conda on the cluster');
      return warn({
        seen: `${facts.host} has conda, and no environment named ${name}`,
        why: '`conda activate` fails, and the trainer runs with the wrong Python.',
        fix: `${thereRun(context, 'conda env list')}; then set cluster.condaEnv`,
      });
    }),
  },
];

function withTraining(
  run: (values: Record<string, unknown>, facts: ClusterFacts, context: CheckContext) => Finding,
): Check['run'] {
  return onCluster((facts, context) => {
    const { values } = facts.training;
    return values === null ? skip('the training config cannot be read') : run(values, facts, context);
  });
}

/** `localhost` and 127.0.0.1 are one place; a path such as /envs/2 is the trainer's choice. */
function leadsTo(url: URL, expected: URL): boolean {
  const samePort = (url.port || '80') === (expected.port || '80');
  const sameHost =
    url.hostname === expected.hostname || (isLoopback(url.hostname) && isLoopback(expected.hostname));
  // Nobody said by which name the cluster knows this machine.
  return samePort && (sameHost || expected.hostname === 'env_machine');
}
