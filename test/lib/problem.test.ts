import { expect, test } from 'vitest';
import { knownProblem, ownProblemSchema } from '../../src/lib/problem.js';

const record = { code: 'E_BUSY', message: 'too many wait', fix: 'wait' };

test('a code of ours stays; one of another version becomes the nearest, and keeps its words', () => {
  expect(knownProblem(record, 'E_NOT_READY')).toEqual(record);
  expect(knownProblem({ ...record, code: 'E_FROM_LATER' }, 'E_NOT_READY')).toEqual({
    ...record,
    code: 'E_NOT_READY',
  });
});

test('a program of this version has no other codes', () => {
  expect(ownProblemSchema.safeParse(record).success).toBe(true);
  expect(ownProblemSchema.safeParse({ ...record, code: 'E_FROM_LATER' }).success).toBe(false);
});
