/** What OSWorld's evaluators could be run with. */
import type { Equipment } from '../../../src/evaluators/osworld/missing.js';

/** An environment with these packages, and a core of `corePackages`. */
export function equipmentWith(packages: Iterable<string>, more: Partial<Equipment> = {}): Equipment {
  return {
    installation: {
      python: '/venv/bin/python',
      osworld: '/osworld',
      packages: new Set(packages),
      problems: [],
    },
    core: new Set(['openpyxl', 'pandas', 'python-pptx', 'numpy', 'pillow']),
    confinement: { problem: null, taskCodeProblem: null },
    hasProgram: () => true,
    ...more,
  };
}

/** Nothing was installed. */
export function nothingInstalled(): Equipment['installation'] {
  return {
    python: null,
    osworld: null,
    packages: new Set(),
    problems: [
      {
        code: 'E_EVALUATORS_INSTALL',
        message: "OSWorld's evaluators are not installed in /data",
        fix: 'arpo-env evaluators install',
      },
    ],
  };
}
