/** Plays the whole decision table and prints it. `npx vitest run --project e2e test/e2e/doctor` adds the real faults. */
import { describe, expect, it } from 'vitest';
import { FAULT_TABLES } from '../doctor/faults/index.js';
import { isRight, outcomeLines, playFault, playPairs, shareRight } from '../doctor/faults/play.js';

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

describe.each(FAULT_TABLES)('$title', (table) => {
  it('each fault alone', async () => {
    const outcomes = await Promise.all(table.faults.map((fault) => playFault(table, fault)));
    console.log([`\n${table.title}: fault, verdict`, ...outcomeLines(outcomes)].join('\n'));
    expect(shareRight(outcomes)).toBe(1);
  });
});

describe.each(FAULT_TABLES.filter(({ pairs }) => pairs))('$title', (table) => {
  it('each two of them', { timeout: 900_000 }, async () => {
    const outcomes = await playPairs(table, 1);
    const share = shareRight(outcomes);
    const wrong = outcomeLines(outcomes.filter((outcome) => !isRight(outcome)));
    console.log([`\n${table.title}: ${outcomes.length} pairs, ${percent(share)} right`, ...wrong].join('\n'));
    expect(share).toBeGreaterThanOrEqual(0.9);
  });
});
