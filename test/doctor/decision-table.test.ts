/** The decision table of "Connection refused": each break alone, and two of them at once. test/e2e plays all pairs. */
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/doctor/checks/index.js';
import { FAULT_TABLES } from './faults/index.js';
import { isRight, outcomeLines, playFault, playPairs, shareRight } from './faults/play.js';

describe.each(FAULT_TABLES)('$title', (table) => {
  it('nothing is broken in the world that is broken below', async () => {
    const { results } = await table.world().examine();
    const bad = results.filter(({ finding }) => !['pass', 'skip'].includes(finding.status));
    expect(bad.map(({ check, finding }) => `${check.id}: ${finding.status}: ${finding.seen}`)).toEqual([]);
  });

  it.each(table.faults.map((fault) => [fault.name, fault] as const))('%s', async (_name, fault) => {
    expect((await playFault(table, fault)).verdict).toBe(fault.check);
  });
});

describe.each(FAULT_TABLES.filter(({ pairs }) => pairs))('$title', (table) => {
  // All pairs, thousands of whole examinations, would be most of the time of `npm test`.
  it('of two breaks the nearer one is named in at least 90 %', async () => {
    const outcomes = await playPairs(table, table.faults.length > 50 ? 9 : 1);
    const wrong = outcomeLines(outcomes.filter((outcome) => !isRight(outcome))).join('\n');
    expect(shareRight(outcomes), wrong).toBeGreaterThanOrEqual(0.9);
    // Hundreds of whole examinations: the limit only ends a test that hangs.
  }, 180_000);
});

describe('the table', () => {
  it('breaks every check that there is', () => {
    const broken = new Set(FAULT_TABLES.flatMap(({ faults }) => faults.map(({ check }) => check)));
    expect(CHECKS.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });

  it('covers at least 60 checks', () => {
    expect(CHECKS.length).toBeGreaterThanOrEqual(60);
  });
});
