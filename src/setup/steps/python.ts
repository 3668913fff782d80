/** The clone's venv: its requirements without the GPU's packages, OSWorld as an editable install, uvicorn. */
import { join } from 'node:path';
import { asUser, type Command, HOUR_MS, NETWORK_RETRY } from '../command.js';
import { explainCommon } from '../explain.js';
import { indexVariables, pipSources } from '../pip.js';
import { query, readIfThere } from '../query.js';
import type { Inspection, Step } from '../step.js';
import { REQUIREMENTS_FILTER } from './requirements-filter.js';

const FILES = ['requirements.txt', 'OSWorld/requirements.txt'];
const OSWORLD = 'OSWorld';

export const python: Step = {
  id: 'python',
  title: 'Python venv',
  needs: ['packages', 'repo'],
  async inspect(context): Promise<Inspection> {
    const { settings, machine } = context;
    if (settings.repo === null) return { state: 'not-applicable', why: 'there is no repository' };
    const { dir, venv, installed } = paths(settings.repo.dir);
    if (!(await machine.exists(join(venv, 'bin', 'python'))))
      return { state: 'needed', why: `${venv} is not there` };
    const before = await readIfThere(context, installed);
    if (before === null) return { state: 'needed', why: 'requirements are not installed' };
    const now = await query(context, asUser(filter('-', settings.skipPackages), { cwd: dir }));
    if (now.exitCode === 0 && now.stdout.trim() === before.trim())
      return { state: 'done', note: `${venv}, requirements installed` };
    return { state: 'needed', why: 'requirements have changed' };
  },
  async plan(context): Promise<Command[]> {
    const { settings } = context;
    if (settings.repo === null) return [];
    const { dir, venv, pending, installed } = paths(settings.repo.dir);
    const uv =
      settings.offline === null && (await query(context, asUser(['uv', '--version']))).exitCode === 0;
    const executable = join(venv, 'bin', 'python');
    const pip = (args: readonly string[], extras = {}) =>
      asUser(
        uv
          ? ['uv', 'pip', 'install', '--python', executable, ...args]
          : [
              executable,
              '-m',
              'pip',
              'install',
              '--disable-pip-version-check',
              ...pipSources(context),
              ...args,
            ],
        {
          cwd: dir,
          env: indexVariables(context),
          retry: NETWORK_RETRY,
          limitMs: 3 * HOUR_MS,
          ...extras,
        },
      );
    return [
      asUser(uv ? ['uv', 'venv', venv] : ['python3', '-m', 'venv', venv], {
        onlyIf: { missing: executable },
      }),
      asUser(filter(pending, settings.skipPackages), { cwd: dir }),
      ...(uv ? [] : [pip(['--upgrade', 'pip'])]),
      pip(['--requirement', pending]),
      pip(['uvicorn']),
      // Its dependencies are its requirements; asked again, they would bring the GPU's packages back.
      pip(['--no-deps', '--editable', OSWORLD], { onlyIf: { exists: projectFiles(dir) } }),
      asUser(['mv', '--', pending, installed]),
    ];
  },
  explain({ lines }, { settings }) {
    const distrusted = lines
      .map((line) => /located at (\S+) is not a trusted or secure host/.exec(line)?.[1])
      .find((host) => host !== undefined);
    if (distrusted !== undefined) {
      return {
        code: 'E_SETUP_STEP',
        message: `pip takes no packages from ${distrusted} over plain http`,
        fix: `give setup.pipIndexUrl an https address, or trust that host: python3 -m pip config set global.trusted-host ${distrusted}`,
      };
    }
    const missing = lines
      .map((line) => /No matching distribution found for (\S+)/.exec(line)?.[1])
      .find((name) => name !== undefined);
    // pip calls what it could not reach missing, too.
    if (missing !== undefined && explainCommon({ lines }) === null) {
      return {
        code: 'E_SETUP_STEP',
        message: `no index has ${missing} for this Python and machine`,
        fix: `if it needs a GPU, leave it out: setup.skipPackages: [${[...settings.skipPackages, missing.replace(/[<>=!~;[].*/, '')].join(', ')}]`,
      };
    }
    return null;
  },
};

function paths(dir: string) {
  const venv = join(dir, '.venv');
  const installed = join(venv, 'arpo-env-requirements.txt');
  return { dir, venv, installed, pending: `${installed}.pending` };
}

function projectFiles(dir: string): string[] {
  return ['setup.py', 'pyproject.toml'].map((name) => join(dir, OSWORLD, name));
}

function filter(output: string, skip: readonly string[]): Command['argv'] {
  return ['python3', '-c', REQUIREMENTS_FILTER, output, skip.join(','), ...FILES];
}
