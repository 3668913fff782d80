/** CPython's answers about Python source and values (`python-oracle.py`). */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import fc from 'fast-check';

const ORACLE = fileURLToPath(new URL('python-oracle.py', import.meta.url));
const RUNS = 5000;

type Kind =
  | 'code'
  | 'compiles'
  | 'call'
  | 'float'
  | 'int'
  | 'number'
  | 'strings'
  | 'round'
  | 'repr'
  | 'strip'
  | 'split'
  | 'splitlines';

/** One process for all questions of one kind. */
export async function ask<Answer>(kind: Kind, subjects: readonly string[]): Promise<Answer[]> {
  const input = JSON.stringify(subjects.map((subject) => [kind, subject]));
  const { stdout } = await execa('python3', [ORACLE], { input, timeout: 120_000, maxBuffer: 1_000_000_000 });
  return JSON.parse(stdout);
}

/** Subjects whose seed a failure names, so that it can be repeated. */
export function sample<T>(arbitrary: fc.Arbitrary<T>): { subjects: T[]; seed: number } {
  const seed = Date.now() % 0x7fffffff;
  return { subjects: fc.sample(arbitrary, { numRuns: RUNS, seed }), seed };
}
