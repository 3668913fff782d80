import type { EvaluationContext } from '../../../../src/evaluators/judge.js';
import { GETTERS } from '../../../../src/evaluators/native/getters/index.js';

/** What the getter that `config` names gives. */
export async function get(
  config: { type: string; [key: string]: unknown },
  context: EvaluationContext,
): Promise<unknown> {
  const getter = GETTERS.get(config.type);
  if (!getter) throw new Error(`no getter ${config.type}`);
  return getter.get(config, context);
}
