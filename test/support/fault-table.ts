/** Faults of real components and what the doctor's verdict was, printed at the end of a suite. */
import { afterAll, expect } from 'vitest';
import { type Outcome, outcomeLines } from '../doctor/faults/play.js';

/** The check that a report's verdict names; absent when nothing is broken. */
interface NamedCheck {
  check?: string | undefined;
}

/** To be called in a `describe`. What it returns expects the verdict to be of that check, and notes it for the table. */
export function realFaultTable(title: string) {
  const outcomes: Outcome[] = [];
  afterAll(() => {
    console.log([`\n${title}: fault, verdict`, ...outcomeLines(outcomes)].join('\n'));
  });
  return (fault: string, verdict: NamedCheck | undefined, expected: string): void => {
    const named = verdict?.check ?? 'healthy';
    outcomes.push({ fault, expected, verdict: named });
    expect(named).toBe(expected);
  };
}
