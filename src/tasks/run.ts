/** `arpo-env tasks check`: from names of files to a report. */
import type { LoadedConfig } from '../config/load.js';
import { ArpoEnvError } from '../errors.js';
import { confinement } from '../evaluators/osworld/confine/confinement.js';
import {
  assumedPackages,
  type Installation,
  type PackageSet,
  readInstallation,
} from '../evaluators/osworld/installation.js';
import type { Equipment } from '../evaluators/osworld/missing.js';
import { traitsOf } from '../providers/traits.js';
import type { Console } from '../ui/console.js';
import { checkFoundTask } from './check-tasks.js';
import { readTasks } from './read-tasks.js';
import { tasksReport } from './report.js';
import { summaryOf } from './summary.js';
import { knownTrainingConfig } from './training-lists.js';

export interface CheckTasksOptions {
  paths: readonly string[];
  /** As if this set were installed. */
  assume: PackageSet | undefined;
  /** Each task in the report. */
  all: boolean;
  loaded: LoadedConfig;
  console: Console;
  signal: AbortSignal;
}

/** 0 when all tasks can be set up and scored, 3 otherwise. Throws E_USAGE where there are none. */
export async function checkTasks({ loaded, console, signal, ...options }: CheckTasksOptions): Promise<0 | 3> {
  const { config } = loaded;
  const paths = options.paths.length > 0 ? options.paths : [await trainingConfigOf(loaded)];
  if (options.paths.length === 0) console.info(`the tasks of ${paths[0]}`);
  const found = await readTasks(paths, signal);
  const context = {
    engine: config.evaluators.engine,
    equipment: await equipmentOf(config.evaluators, options.assume),
    hasChrome: traitsOf(config.provider).hasChrome,
  };
  const tasks = found.map((task) => checkFoundTask(task, context));
  const summary = summaryOf(tasks);
  console.document({ tasks: tasks.map(({ fix: _fix, ...task }) => task), summary });
  console.result(tasksReport(tasks, summary, { all: options.all, width: console.columns }));
  return summary.usable === summary.total ? 0 : 3;
}

async function trainingConfigOf({ config }: LoadedConfig): Promise<string> {
  const path = await knownTrainingConfig(config);
  if (path !== null) return path;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `no tasks are named, and no clone with ${config.cluster.trainingConfig} is on this machine`,
    fix: 'arpo-env tasks check evaluation_examples/test_all.json',
  });
}

async function equipmentOf(
  settings: LoadedConfig['config']['evaluators'],
  assume: PackageSet | undefined,
): Promise<Equipment> {
  const core = await assumedPackages('core');
  if (assume !== undefined) {
    const installation = { ...ASSUMED, packages: await assumedPackages(assume) };
    return { installation, core, confinement: NO_PROBLEM };
  }
  const installation = await readInstallation(settings);
  return {
    installation,
    core,
    confinement: installation.python === null ? NO_PROBLEM : await confinement(settings),
  };
}

const ASSUMED: Pick<Installation, 'python' | 'osworld' | 'problems'> = {
  ...{ python: 'assumed', osworld: 'assumed', problems: [] },
};
const NO_PROBLEM = { problem: null, taskCodeProblem: null };
