/** What an evaluator needs of OSWorld's own code and is not there: known before anything boots, from the requirements. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TaskEvaluator } from '../../desktop/task.js';
import type { Problem } from '../../errors.js';
import { checkFunctions, type GetterConfig } from '../criteria.js';
import { checkGetter } from '../native/judge.js';
import type { Confinement } from './confine/contract.js';
import { INSTALL_COMMAND, type Installation } from './installation.js';
import { type Needs, needsOfGetter, needsOfMetric } from './requirements.js';

/** What functions can be carried out with. */
export interface Equipment {
  installation: Pick<Installation, 'python' | 'osworld' | 'packages' | 'problems'>;
  /** Packages that a plain `evaluators install` brings. */
  core: ReadonlySet<string>;
  /** Where they would run. */
  confinement: Pick<Confinement, 'problem' | 'taskCodeProblem'>;
  /** Whether a program is on this machine. Default: looks along PATH. */
  hasProgram?: (name: string) => boolean;
}

/** E_EVALUATOR_UNAVAILABLE for each function that lacks something, naming it and the fix; E_TASK_INVALID for what OSWorld has not. */
export function osworldProblems(evaluator: TaskEvaluator, equipment: Equipment): Problem[] {
  const problems = (what: string, needs: Needs) => {
    const lacks = lacksOf(needs, equipment);
    return lacks.length === 0 ? [] : [unavailable(what, needs, lacks, equipment)];
  };
  return checkFunctions(evaluator, {
    metric: (spec) => problems(`the metric ${spec.metric}`, needsOfMetric(spec)),
    getter: (config) =>
      isNative(config) ? [] : problems(`the getter ${config.type}`, needsOfGetter(config)),
  });
}

/** The names of what is missing: packages, programs, an account, the evaluators themselves. */
export function missingOf(evaluator: TaskEvaluator, equipment: Equipment): string[] {
  const missing = new Set<string>();
  const collect = (needs: Needs): [] => {
    for (const name of lacksOf(needs, equipment)) missing.add(name);
    return [];
  };
  checkFunctions(evaluator, {
    metric: (spec) => collect(needsOfMetric(spec)),
    getter: (config) => (isNative(config) ? [] : collect(needsOfGetter(config))),
  });
  return [...missing].sort();
}

/** Ours, and able to do what the task wants of it: OSWorld's is not asked then. */
export function isNative(config: GetterConfig): boolean {
  return checkGetter(config).length === 0;
}

function lacksOf({ packages, programs, account, runsCode }: Needs, equipment: Equipment): string[] {
  const { installation, core, confinement, hasProgram = isOnPath } = equipment;
  // No package helps where an account is needed.
  if (account !== null) return [account];
  const obstacle = confinement.problem ?? (runsCode ? confinement.taskCodeProblem : null);
  const isInstalled = installation.python !== null && installation.osworld !== null;
  return [
    // They come with their core.
    ...(isInstalled ? [] : [EVALUATORS]),
    ...packages.filter((name) => !installation.packages.has(name) && (isInstalled || !core.has(name))),
    ...programs.filter((name) => !hasProgram(name)),
    ...(obstacle === null ? [] : [SANDBOX]),
  ];
}

const EVALUATORS = "OSWorld's evaluators";
const SANDBOX = 'sandbox';

/** One problem, of what has to be done first. */
function unavailable(what: string, needs: Needs, lacks: readonly string[], equipment: Equipment): Problem {
  const { installation, core, confinement } = equipment;
  const problem = (message: string, fix: string): Problem => ({
    code: 'E_EVALUATOR_UNAVAILABLE',
    message: `${what} of OSWorld ${message}`,
    fix,
  });
  const install = needs.packages.every((name) => core.has(name))
    ? INSTALL_COMMAND
    : `${INSTALL_COMMAND} --set all`;
  if (needs.account !== null)
    return problem(`needs ${needs.account}, which arpo-env does not use`, LEAVE_OUT);
  if (lacks.includes(EVALUATORS)) {
    const wanted = needs.packages.length === 0 ? '' : ` (it uses ${needs.packages.join(', ')})`;
    const [cause] = installation.problems;
    const fix = cause === undefined || cause.fix === INSTALL_COMMAND ? install : cause.fix;
    return problem(`needs OSWorld's own code${wanted}; ${cause?.message ?? 'it is not installed'}`, fix);
  }
  const packages = needs.packages.filter((name) => lacks.includes(name));
  if (packages.length > 0) {
    const [noun, verb] = packages.length === 1 ? ['package', 'is'] : ['packages', 'are'];
    return problem(`needs the Python ${noun} ${packages.join(', ')}, which ${verb} not installed`, install);
  }
  const program = needs.programs.find((name) => lacks.includes(name));
  if (program !== undefined)
    return problem(
      `needs the program ${program}, which is not on this machine`,
      `apt-get install ${program}`,
    );
  const obstacle = confinement.problem ?? confinement.taskCodeProblem;
  return problem(`cannot be run here: ${obstacle?.message}`, obstacle?.fix ?? install);
}

const LEAVE_OUT = 'leave this task out, as OSWorld’s own list test_nogdrive.json (361 tasks) does';

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
