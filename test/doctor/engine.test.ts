import { describe, expect, it } from 'vitest';
import { type Check, fail, pass, skip } from '../../src/doctor/check.js';
import { CHECKS } from '../../src/doctor/checks/index.js';
import type { CheckContext } from '../../src/doctor/context.js';
import { runChecks } from '../../src/doctor/engine.js';

const trouble = { seen: 'it is broken', why: 'because', fix: 'fix it' };

function check(id: string, run: Check['run'], needs: string[] = [], limitMs?: number): Check {
  return {
    id,
    link: 'server',
    title: `${id} works`,
    needs,
    run,
    ...(limitMs === undefined ? {} : { limitMs }),
  };
}

/** Checks of these tests ask for nothing but the signal. */
function context(signal = new AbortController().signal): CheckContext {
  return { signal } as CheckContext;
}

async function statuses(checks: Check[]) {
  const results = await runChecks(checks, context());
  return Object.fromEntries(results.map(({ check: { id }, finding }) => [id, finding.status]));
}

describe('runChecks', () => {
  it('skips what needs a broken check, and what needs that, as consequences of the first', async () => {
    const results = await runChecks(
      [
        check('a', () => fail(trouble)),
        check('b', () => pass('x'), ['a']),
        check('c', () => pass('x'), ['b']),
        check('d', () => pass('x')),
      ],
      context(),
    );
    expect(results.map(({ finding }) => finding)).toMatchObject([
      { status: 'fail' },
      { status: 'consequence', of: 'a' },
      { status: 'consequence', of: 'a' },
      { status: 'pass' },
    ]);
  });

  it('goes on after what does not apply', async () => {
    const checks = [check('a', () => skip('not here')), check('b', () => pass('x'), ['a', 'not-selected'])];
    expect(await statuses(checks)).toEqual({ a: 'skip', b: 'pass' });
  });

  it('runs independent checks at once and each of them once', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let runs = 0;
    const checks = [
      check('waits', async () => {
        runs += 1;
        await gate;
        return pass('x');
      }),
      check('opens', () => {
        open();
        return pass('x');
      }),
      check('after', () => pass('x'), ['waits']),
      check('too', () => pass('x'), ['waits']),
    ];
    expect(Object.values(await statuses(checks))).toEqual(['pass', 'pass', 'pass', 'pass']);
    expect(runs).toBe(1);
  });

  it('ends a check at its limit, with its signal, and says that nothing is known', async () => {
    let signal: AbortSignal | undefined;
    const hangs = check(
      'hangs',
      (own) => {
        signal = own.signal;
        return new Promise(() => undefined);
      },
      [],
      5,
    );
    const [result] = await runChecks([hangs], context());
    expect(result?.finding).toMatchObject({
      status: 'warn',
      seen: 'could not be checked (no result within 0.005 s)',
      fix: 'arpo-env doctor --only hangs --verbose',
    });
    expect(signal?.aborted).toBe(true);
  });

  it('says what a check threw, and blocks nobody by it', async () => {
    const checks = [
      check('throws', () => Promise.reject(new Error('boom'))),
      check('b', () => pass('x'), ['throws']),
    ];
    const results = await runChecks(checks, context());
    expect(results[0]?.finding).toMatchObject({ status: 'warn', seen: expect.stringContaining('boom') });
    expect(results[1]?.finding.status).toBe('pass');
  });

  it('rejects with the reason of an abort', async () => {
    const controller = new AbortController();
    const run = runChecks([check('a', () => new Promise(() => undefined))], context(controller.signal));
    controller.abort(new Error('Ctrl-C'));
    await expect(run).rejects.toThrow('Ctrl-C');
  });
});

describe('CHECKS', () => {
  const byId = new Map(CHECKS.map((one) => [one.id, one]));

  it('have ids of their own and needs that exist', () => {
    expect(byId.size).toBe(CHECKS.length);
    const unknown = CHECKS.flatMap(({ id, needs }) =>
      needs.filter((need) => !byId.has(need)).map((need) => `${id} → ${need}`),
    );
    expect(unknown).toEqual([]);
  });

  it('do not need each other in a circle', () => {
    const done = new Set<string>();
    const visit = (id: string, path: readonly string[]): void => {
      expect(path).not.toContain(id);
      if (done.has(id)) return;
      for (const need of byId.get(id)?.needs ?? []) visit(need, [...path, id]);
      done.add(id);
    };
    for (const { id } of CHECKS) visit(id, []);
  });
});
