/** Which steps a run is about: `--only`, `--skip`, `--from`. */
import { ArpoEnvError } from '../errors.js';
import type { Step } from './step.js';

export interface Selection {
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
  /** This step and all after it. */
  from?: string | undefined;
}

/** Throws E_USAGE for a step that does not exist and for a selection that is empty. */
export function selectSteps(steps: readonly Step[], { only, skip = [], from }: Selection): Step[] {
  const ids = steps.map(({ id }) => id);
  const unknown = [...(only ?? []), ...skip, ...(from === undefined ? [] : [from])].filter(
    (id) => !ids.includes(id),
  );
  if (unknown.length > 0) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `there is no step ${unknown.join(', ')}`,
      fix: `the steps are: ${ids.join(', ')}`,
    });
  }
  const selected = steps.filter(
    ({ id }, index) =>
      (only === undefined || only.includes(id)) &&
      !skip.includes(id) &&
      (from === undefined || index >= ids.indexOf(from)),
  );
  if (selected.length > 0) return selected;
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: '--only, --skip and --from together leave no step',
    fix: `the steps are: ${ids.join(', ')}`,
  });
}
