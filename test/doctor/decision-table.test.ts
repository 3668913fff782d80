/** The decision table of "Connection refused": each break alone, and each two of them, where the nearer one must win. */
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/doctor/checks/index.js';
import { DIRECT_FAULTS, type Fault, OTHER_FAULTS, TUNNEL_FAULTS } from './faults.js';
import { directWorld, World } from './world.js';

const TABLES = [
  { title: 'through a tunnel', world: () => new World(), faults: TUNNEL_FAULTS },
  { title: 'dialled directly', world: directWorld, faults: DIRECT_FAULTS },
  { title: 'with other providers and engines', world: () => new World(), faults: OTHER_FAULTS },
] as const;

async function verdictOf(world: World): Promise<string> {
  const { verdict } = await world.examine();
  return verdict.kind === 'healthy' ? 'healthy' : verdict.check.id;
}

describe.each(TABLES)('one break, $title', ({ world, faults }) => {
  it('is none in the world that is broken below', async () => {
    const { results } = await world().examine();
    const bad = results.filter(({ finding }) => !['pass', 'skip'].includes(finding.status));
    expect(bad.map(({ check, finding }) => `${check.id}: ${finding.status}: ${finding.seen}`)).toEqual([]);
  });

  it.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (_name, fault) => {
    const broken = world();
    fault.break(broken);
    expect(await verdictOf(broken)).toBe(fault.check);
  });
});

/** The one whose check comes earlier in the chain; a failure before a warning. */
function nearer(a: [Fault, 'fail' | 'warn'], b: [Fault, 'fail' | 'warn']): string {
  const place = ({ check }: Fault) => CHECKS.findIndex(({ id }) => id === check);
  const [first, second] = place(a[0]) <= place(b[0]) ? [a, b] : [b, a];
  return second[1] === 'fail' && first[1] === 'warn' ? second[0].check : first[0].check;
}

describe('two breaks', () => {
  it('the verdict names the nearer one in at least 90 % of the pairs', async () => {
    const outcomes = [];
    for (const { world, faults } of TABLES.slice(0, 2)) outcomes.push(...(await pairOutcomes(world, faults)));
    const wrong = outcomes.filter(({ verdict, expected }) => verdict !== expected);
    const share = 1 - wrong.length / outcomes.length;
    const lines = wrong.map(({ names, verdict, expected }) => `${names}: ${verdict} instead of ${expected}`);
    const failure = `${outcomes.length} pairs, ${(share * 100).toFixed(1)} % right\n${lines.join('\n')}`;
    expect(share, failure).toBeGreaterThanOrEqual(0.9);
    // Thousands of whole examinations: the limit only ends a test that hangs.
  }, 180_000);
});

async function pairOutcomes(world: () => World, faults: readonly Fault[]) {
  const severities = new Map<Fault, 'fail' | 'warn'>();
  for (const fault of faults) {
    const broken = world();
    fault.break(broken);
    severities.set(fault, (await broken.examine()).verdict.kind === 'broken' ? 'fail' : 'warn');
  }
  const outcomes = [];
  for (const [index, a] of faults.entries()) {
    for (const b of faults.slice(index + 1)) {
      // Of breaks at one place the second would only undo the first.
      if (a.check === b.check) continue;
      const broken = world();
      // The farther one first: what both touch is left as the nearer one leaves it, as in reality.
      const order = nearer([a, 'fail'], [b, 'fail']) === a.check ? [b, a] : [a, b];
      for (const fault of order) fault.break(broken);
      const expected = nearer([a, severities.get(a) ?? 'fail'], [b, severities.get(b) ?? 'fail']);
      outcomes.push({ names: `${a.name} + ${b.name}`, expected, verdict: await verdictOf(broken) });
    }
  }
  return outcomes;
}

describe('the table', () => {
  it('breaks every check that there is', () => {
    const broken = new Set(TABLES.flatMap(({ faults }) => faults.map(({ check }) => check)));
    expect(CHECKS.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });

  it('covers at least 60 checks', () => {
    expect(CHECKS.length).toBeGreaterThanOrEqual(60);
  });
});
