import { describe, expect, it } from 'vitest';
import { taskSchema } from '../../src/desktop/task.js';
import { DesktopSupply } from '../../src/desktops/supply.js';
import { Env } from '../../src/env/env.js';
import type { EnvEvent } from '../../src/env/events.js';
import type { EnvSettings } from '../../src/env/settings.js';
import type { Problem } from '../../src/errors.js';
import type { Judge } from '../../src/evaluators/judge.js';
import { fixturePng } from '../support/fixture-guest.js';
import { FixtureProvider, gate } from '../support/fixture-provider.js';
import { INFEASIBLE_TASK } from '../support/tasks.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const TASK = taskSchema.parse(INFEASIBLE_TASK);
const CODE = { kind: 'code', source: 'pyautogui.click()' } as const;
const SCREEN = { width: 1920, height: 1080 };

/** An env of its own: no model, no dialect, no server. */
function startEnv(judge: Partial<Judge> = {}, paced: Partial<EnvSettings> = {}) {
  const provider = new FixtureProvider();
  const folder = new TemporaryFolder();
  const events: EnvEvent[] = [];
  const readyTimeoutMs = 20_000;
  const supply = new DesktopSupply({
    ...{ provider, takers: 1, standby: 0, prewarm: false, readyTimeoutMs },
    onEvent: () => undefined,
  });
  const env = new Env({
    ...{ index: 0, supply, folder: folder.path },
    judge: { names: ['native'], check: () => [], readsTree: () => false, judge: async () => 1, ...judge },
    settings: {
      ...{ maxSteps: 3, screen: SCREEN, actionPauseMs: 0, pace: 'reference', clientPassword: 'password' },
      ...{ evaluateErrors: 'fail', unscorable: 'refuse', resetAttempts: 1, queueLimit: 4, readyTimeoutMs },
      ...{ isReadyTimeoutFixed: false, cacheDir: folder.path, ...paced },
    },
    onEvent: (event) => events.push(event),
  });
  return {
    env,
    provider,
    events,
    [Symbol.asyncDispose]: async () => {
      await env[Symbol.asyncDispose]();
      await supply[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe('an observation', () => {
  it('is the screen as the guest sent it, with what else is known', async () => {
    await using it = startEnv();
    const png = fixturePng('first');
    it.provider.prepare = ({ guest }) => {
      guest.screenshot = () => png;
    };
    expect(await it.env.reset(TASK)).toEqual({ screenshot: png, screen: SCREEN, steps: 0, isDone: false });
    expect(await it.env.act([CODE])).toMatchObject({ screenshot: png, steps: 1, isDone: false });
    expect(it.provider.last.guest.executed).toHaveLength(1);
  });

  it('at pace quick is the picture that was seen when the screen had come to rest, and no further one', async () => {
    await using it = startEnv({}, { pace: 'quick', actionPauseMs: 5000 });
    await it.env.reset(TASK);
    const shown = ['menu opens', 'menu', 'menu', 'never asked for'].map((label) => fixturePng(label));
    it.provider.last.guest.screenshot = () => shown.shift() ?? 404;
    expect((await it.env.act([CODE])).screenshot).toEqual(fixturePng('menu'));
    expect(shown).toHaveLength(1);
  });

  it('at pace quick comes after the whole pause when nothing has changed', async () => {
    await using it = startEnv({}, { pace: 'quick', actionPauseMs: 1000 });
    await it.env.reset(TASK);
    let shown = (await it.env.observe()).screenshot ?? 404;
    it.provider.last.guest.screenshot = () => shown;
    const acting = it.env.act([CODE]);
    setTimeout(() => {
      shown = fixturePng('late dialog');
    }, 400);
    expect((await acting).screenshot).toEqual(fixturePng('late dialog'));
  });

  it('can be had without an action', async () => {
    await using it = startEnv();
    await it.env.reset(TASK);
    it.provider.last.switches.splice(0);
    expect(await it.env.observe()).toMatchObject({ steps: 0, isDone: false });
    expect(it.provider.last.guest.executed).toEqual([]);
    expect(it.provider.last.switches).toEqual(['resume', 'pause']);
  });

  it.each(['done', 'fail'] as const)('has no screenshot after %s, which ends the episode', async (kind) => {
    await using it = startEnv();
    await it.env.reset(TASK);
    expect(await it.env.act([{ kind }, CODE])).toMatchObject({ screenshot: null, steps: 1, isDone: true });
    expect(it.provider.last.guest.executed).toEqual([]);
    expect(it.events).toContainEqual({ type: 'episode-ended', steps: 1, why: 'model' });
  });

  it('counts actions up to the limit of an episode', async () => {
    await using it = startEnv();
    await it.env.reset(TASK);
    expect(await it.env.act([CODE, CODE])).toMatchObject({ steps: 2, isDone: false });
    expect(await it.env.act([CODE, CODE])).toMatchObject({ screenshot: null, steps: 3, isDone: true });
  });

  it('needs an episode', async () => {
    await using it = startEnv();
    await expect(it.env.act([CODE])).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: 'cannot step: env 0 has no episode yet',
    });
    await expect(it.env.observe()).rejects.toMatchObject({ code: 'E_NOT_READY' });
    expect(it.provider.starts).toBe(0);
  });
});

const MISSING: Problem = {
  code: 'E_EVALUATOR_UNAVAILABLE',
  message: 'no such metric',
  fix: 'another judge',
};

describe('the judge', () => {
  it('is asked before anything boots, and scores with what the agent did', async () => {
    const asked: string[] = [];
    const judge: Partial<Judge> = {
      check: () => {
        asked.push('check');
        return [MISSING];
      },
      judge: async (task, { actionHistory }) => {
        asked.push(`${task.id} after ${actionHistory.map(({ kind }) => kind).join(', ')}`);
        return 0.5;
      },
    };
    await using it = startEnv(judge, { unscorable: 'play' });
    it.provider.onStart = () => void asked.push('boot');
    await it.env.reset(TASK);
    expect(it.events).toContainEqual(expect.objectContaining({ type: 'evaluator-unavailable' }));
    await it.env.act([{ kind: 'wait' }, CODE]);
    expect(await it.env.evaluate()).toBe(0.5);
    expect(asked).toEqual(['check', 'check', 'boot', 'infeasible after wait, code']);
  });

  it('that cannot score a task keeps it from being played, and the episode before as it is', async () => {
    let missing = [MISSING];
    await using it = startEnv({ check: ({ func }) => (func === 'infeasible' ? [] : missing) });
    await it.env.reset(TASK);
    const other = { ...TASK, evaluator: { ...TASK.evaluator, func: 'compare_table' } };
    await expect(it.env.reset(other)).rejects.toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: 'nobody can score the task here: no such metric',
      fix: MISSING.fix,
    });
    expect(it.provider.starts).toBe(1);
    expect(it.env.episode?.task).toEqual(TASK);
    expect(it.events.filter(({ type }) => type === 'evaluator-unavailable')).toMatchObject([
      { task: TASK.id, isPlayed: false, problem: { fix: MISSING.fix } },
    ]);
    missing = [];
    await it.env.reset(other);
    expect(it.env.episode?.task).toEqual(other);
  });

  it('looks again before it refuses: what was missing may have been installed', async () => {
    const missing = [MISSING, MISSING];
    let looks = 0;
    await using it = startEnv({
      check: () => missing.slice(-1),
      lookAgain: async () => {
        looks += 1;
        missing.pop();
        return true;
      },
    });
    await expect(it.env.reset(TASK)).rejects.toMatchObject({ code: 'E_EVALUATOR_UNAVAILABLE' });
    await it.env.reset(TASK);
    expect({ looks, starts: it.provider.starts }).toEqual({ looks: 2, starts: 1 });
  });
});

describe('a task that is judged by the accessibility tree', () => {
  const missing = {
    accessibility: {
      message: 'this desktop has no accessibility tree: it lacks at-spi2-core',
      fix: 'apt-get it',
    },
  };

  it('is refused where the desktop says that it has none; the env goes on', async () => {
    let reads = true;
    await using it = startEnv({ readsTree: () => reads });
    it.provider.prepare = ({ guest }) => {
      guest.missing = missing;
    };
    await expect(it.env.reset(TASK)).rejects.toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: expect.stringContaining(
        "the task's evaluator reads the accessibility tree, and this desktop has no accessibility tree: it lacks at-spi2-core",
      ),
      fix: 'apt-get it',
    });
    reads = false;
    expect(await it.env.reset(TASK)).toMatchObject({ steps: 0 });
  });

  it.each([
    ['has one', { accessibility: null }],
    ['does not know the question, as OSWorld’s own', undefined],
  ])('is played where the agent %s', async (_what, answer) => {
    await using it = startEnv({ readsTree: () => true });
    it.provider.prepare = ({ guest }) => {
      guest.missing = answer;
    };
    await it.env.reset(TASK);
    expect(it.provider.last.guest.requests).toContain('GET /arpo-env/missing');
  });
});

describe('operations', () => {
  it('a repeated one with its key acts once; the key with other actions is refused', async () => {
    await using it = startEnv();
    await it.env.reset(TASK);
    const first = await it.env.act([CODE], { idempotencyKey: 'k' });
    expect(await it.env.act([CODE], { idempotencyKey: 'k' })).toBe(first);
    expect(it.provider.last.guest.executed).toHaveLength(1);
    await expect(it.env.act([CODE, CODE], { idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'E_KEY_REUSED',
    });
  });

  it('joins an equal reset, and not one that is answered in another way', async () => {
    await using it = startEnv();
    const started = gate();
    it.provider.onStart = () => started.passed;
    const first = it.env.reset(TASK);
    const equal = it.env.reset(structuredClone(TASK));
    const body = { task_config: TASK };
    const other = it.env.operate({ operation: 'reset', body, caller: undefined }, async (turn) => {
      await turn.reset(TASK);
      return 'in other words';
    });
    started.open();
    expect(await equal).toBe(await first);
    expect(await other).toBe('in other words');
    expect(it.events.filter(({ type }) => type === 'operation')).toHaveLength(2);
  });

  it('what belongs to an operation is done although its caller has left', async () => {
    await using it = startEnv();
    await it.env.reset(TASK);
    const acting = gate();
    it.provider.last.guest.execute = async () => {
      await acting.passed;
      return {};
    };
    const caller = new AbortController();
    let told = 0;
    const left = it.env.operate(
      { operation: 'step', body: 'x', caller: { signal: caller.signal } },
      async (turn) => {
        await turn.act([CODE]);
        told = it.env.status.steps;
      },
    );
    caller.abort(new Error('hung up'));
    await expect(left).rejects.toThrow('hung up');
    acting.open();
    expect(await it.env.observe()).toMatchObject({ steps: 1 });
    expect(told).toBe(1);
  });

  it('an episode is another one after each reset, and gone when the env fails', async () => {
    await using it = startEnv();
    await it.env.reset(TASK);
    const first = it.env.episode;
    await it.env.reset(TASK);
    expect(it.env.episode).toBeDefined();
    expect(it.env.episode).not.toBe(first);
    await it.provider.last.guest[Symbol.asyncDispose]();
    await expect(it.env.act([CODE])).rejects.toMatchObject({ code: 'E_AGENT_UNREACHABLE' });
    expect(it.env.episode).toBeUndefined();
  });
});
