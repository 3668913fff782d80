/** Plays the table: what the verdict is of each fault, and of each two of them, where the nearer one must win. */
import { CHECKS } from '../../../src/doctor/checks/index.js';
import type { DoctorReport } from '../../../src/doctor/doctor.js';
import type { World } from '../world.js';
import type { Fault } from './fault.js';
import type { FaultTable } from './index.js';

/** `expected` and `verdict` are ids of checks. */
export interface Outcome {
  fault: string;
  expected: string;
  verdict: string;
}

export async function playFault({ world }: FaultTable, fault: Fault): Promise<Outcome> {
  const report = await examineWith(world(), [fault]);
  return { fault: fault.name, expected: fault.check, verdict: verdictOf(report) };
}

/** `everyNth`: 1 plays all pairs; 9 plays each fault with every ninth of the others. */
export async function playPairs({ world, faults }: FaultTable, everyNth: number): Promise<Outcome[]> {
  const severities = new Map<Fault, string>();
  for (const fault of faults) severities.set(fault, (await examineWith(world(), [fault])).verdict.kind);
  const outcomes: Outcome[] = [];
  for (const [index, a] of faults.entries()) {
    for (const [offset, b] of faults.slice(index + 1).entries()) {
      // Of breaks at one place the second would only undo the first.
      if (a.check === b.check || (2 * index + offset + 1) % everyNth !== 0) continue;
      const [near, far] = place(a) <= place(b) ? [a, b] : [b, a];
      // The farther one first: what both touch is left as the nearer one leaves it, as in reality.
      const report = await examineWith(world(), [far, near]);
      const nearIsMild = severities.get(near) === 'warned' && !isFailing(report, near);
      const expected = nearIsMild && severities.get(far) === 'broken' ? far : near;
      outcomes.push({
        fault: `${a.name} + ${b.name}`,
        expected: expected.check,
        verdict: verdictOf(report),
      });
    }
  }
  return outcomes;
}

export function shareRight(outcomes: readonly Outcome[]): number {
  return outcomes.filter(isRight).length / outcomes.length;
}

export function isRight({ expected, verdict }: Outcome): boolean {
  return expected === verdict;
}

export function outcomeLines(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) => {
    const { fault, expected, verdict } = outcome;
    const mark = isRight(outcome) ? 'right' : `WRONG, should be ${expected}`;
    return `${fault.padEnd(66)} ${verdict.padEnd(24)} ${mark}`;
  });
}

function examineWith(world: World, faults: readonly Fault[]): Promise<DoctorReport> {
  for (const fault of faults) fault.break(world);
  return world.examine();
}

function verdictOf({ verdict }: DoctorReport): string {
  return verdict.kind === 'healthy' ? 'healthy' : verdict.check.id;
}

/** What is a mere warning alone can be what breaks the chain together with something else. */
function isFailing({ results }: DoctorReport, { check }: Fault): boolean {
  return results.some(({ check: { id }, finding }) => id === check && finding.status === 'fail');
}

function place({ check }: Fault): number {
  return CHECKS.findIndex(({ id }) => id === check);
}
