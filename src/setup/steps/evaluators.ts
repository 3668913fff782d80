/** OSWorld's own evaluators, by the command that a person would use: `arpo-env evaluators install`. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../../config/schema.js';
import { INSTALL_COMMAND } from '../../evaluators/osworld/installation.js';
import { type InstallationStatus, installationStatus } from '../../evaluators/osworld/status.js';
import { parseJson } from '../../lib/json.js';
import { packageFile } from '../../lib/package.js';
import { knownProblem, problemSchema } from '../../lib/problem.js';
import { asUser, type Command, HOUR_MS, type Progress } from '../command.js';
import type { Inspection, Step } from '../step.js';

const PROGRESS = /package (\d+) of (\d+), (\d+ MB) so far/;

/** `lookUp`: what is installed here. */
export function evaluators(
  lookUp: (settings: Config['evaluators']) => Promise<InstallationStatus> = installationStatus,
): Step {
  return {
    id: 'evaluators',
    title: "OSWorld's evaluators",
    needs: ['packages'],
    async inspect({ settings: { evaluatorSet, evaluators: own } }): Promise<Inspection> {
      if (evaluatorSet === 'none') return { state: 'not-applicable', why: 'setup.evaluators is none' };
      const { installation, installed, outdated, tasks } = await lookUp(own);
      const [problem] = installation.problems;
      if (problem !== undefined) return { state: 'needed', why: problem.message };
      if (evaluatorSet === 'all' && installed?.set === 'core')
        return { state: 'needed', why: `${installation.dir} has the set core` };
      if (outdated.length > 0)
        return { state: 'needed', why: `${outdated.length} packages are of another version` };
      return { state: 'done', note: `${tasks.scored} of OSWorld's ${tasks.total} tasks can be scored` };
    },
    async plan({ settings }): Promise<Command[]> {
      const { evaluatorSet, evaluators: own, pipIndexUrl, offline } = settings;
      if (evaluatorSet === 'none') return [];
      // A URL may hold a password, which the process list would show.
      const indexUrl = own.indexUrl ?? pipIndexUrl;
      const env = {
        ...(own.dir === undefined ? {} : { ARPO_ENV_EVALUATORS_DIR: own.dir }),
        ...(indexUrl === null ? {} : { ARPO_ENV_EVALUATORS_INDEX_URL: indexUrl }),
      };
      const wheels = offline === null ? [] : ['--offline', join(offline, 'wheels')];
      const args = ['evaluators', 'install', '--set', evaluatorSet, ...wheels, '--yes', '--json'];
      const argv = [process.execPath, packageFile('bin/arpo-env.js'), ...args] as const;
      return [asUser(argv, { env, limitMs: 3 * HOUR_MS, progress: () => readProgress })];
    },
    explain({ lines }) {
      const said = lines.map((line) => parseJson(line, errorSchema)).find((found) => found !== undefined);
      if (said === undefined) return null;
      const problem = knownProblem(said.error, 'E_SETUP_STEP');
      return { ...problem, fix: `${problem.fix}; this step alone: ${INSTALL_COMMAND}` };
    },
  };
}

const errorSchema = z.object({ error: problemSchema });

function readProgress(line: string): Progress | null {
  const [, at, total, amount] = PROGRESS.exec(line) ?? [];
  if (at === undefined || total === undefined) return null;
  return { fraction: Number(at) / Number(total), text: `package ${at} of ${total}, ${amount}` };
}
