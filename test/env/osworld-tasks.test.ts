/** OSWorld's 369 tasks: which an env takes, which it refuses before it boots anything, and which it can score. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkTask } from '../../src/env/check-task.js';
import { ArpoEnvError } from '../../src/errors.js';
import { nativeJudge } from '../../src/evaluators/native/judge.js';

const file = fileURLToPath(new URL('../../../shared/conformance/osworld-tasks.jsonl', import.meta.url));
const isThere = existsSync(file);

describe.skipIf(!isThere)(
  'OSWorld’s tasks — needs ../shared/conformance/osworld-tasks.jsonl beside the clone',
  () => {
    it('are each accepted, or refused for what they need', () => {
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      const verdicts = lines.map((line) => verdictOf(JSON.parse(line)));
      const count = (verdict: string) => verdicts.filter((other) => other === verdict).length;
      const table = {
        accepted: count('accepted'),
        'refused: no evaluator': count('refused: no evaluator'),
        'refused: credentials': count('refused: credentials'),
      };
      console.table(table);
      expect(verdicts).toHaveLength(369);
      expect(Object.values(table).reduce((sum, each) => sum + each)).toBe(369);
      expect(table.accepted).toBeGreaterThanOrEqual(150);
    });
  },
);

function verdictOf(taskConfig: unknown): string {
  try {
    checkTask(taskConfig, { judge: nativeJudge, hasChrome: true, unscorable: 'refuse' });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof ArpoEnvError)) throw error;
    if (error.code === 'E_EVALUATOR_UNAVAILABLE') return 'refused: no evaluator';
    return error.code === 'E_TASK_CREDENTIALS' ? 'refused: credentials' : error.message;
  }
}
