import { describe, expect, it } from 'vitest';
import type { EnvState } from '../../src/env/events.js';
import { ArpoEnvError } from '../../src/errors.js';
import { nativeJudge } from '../../src/evaluators/native/judge.js';
import { type ServerEnvsOptions, type ServerEvent, startServerEnvs } from '../../src/server/server-envs.js';
import { eventually } from '../support/eventually.js';
import { FixtureProvider, gate } from '../support/fixture-provider.js';
import { CALL_USER, CLICK, FINISHED, INFEASIBLE_TASK, taskNamed, WAIT } from '../support/tasks.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

/** One env over fixture desktops. */
async function startEnv(options: Partial<ServerEnvsOptions> = {}) {
  const provider = new FixtureProvider();
  const folder = new TemporaryFolder();
  const events: ServerEvent[] = [];
  const envs = await startServerEnvs({
    provider,
    judge: nativeJudge,
    ...options,
    settings: { actionPauseMs: 0, cacheDir: folder.path, ...options.settings },
    onEvent: (event) => events.push(event),
  });
  const [env] = envs.all;
  if (!env) throw new Error('a server without envs');
  return {
    env,
    envs,
    provider,
    folder,
    events,
    states: () => events.flatMap((event): EnvState[] => (event.type === 'state' ? [event.state] : [])),
    [Symbol.asyncDispose]: async () => {
      await envs[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The pyautogui code of each action that a desktop was given. */
const codeOf = (command: unknown) => (command as string[])[2] ?? '';

const PPTX = { func: 'compare_pptx_files', result: { type: 'vm_file', path: '/a', dest: 'a' } };

describe('reset', () => {
  it('boots a desktop, sets the task up, takes a screenshot and pauses', async () => {
    await using it = await startEnv();
    expect(it.env.status).toMatchObject({ state: 'idle', desktop: null, boot: null, task: null });
    const launch = { type: 'launch', parameters: { command: ['gedit'] } };
    const { history, isDone, formatReward } = await it.env.reset({ ...INFEASIBLE_TASK, config: [launch] });
    expect({ isDone, formatReward, length: history?.messages.length }).toEqual({
      isDone: false,
      formatReward: 0,
      length: 3,
    });
    expect(it.states()).toEqual(['booting', 'setup', 'ready']);
    expect(it.provider.last.guest.requests.slice(-2)).toEqual(['POST /setup/launch', 'GET /screenshot']);
    expect(it.provider.last.switches).toEqual(['pause']);
    expect(it.env.status).toMatchObject({ desktop: 'fixture-1', task: 'infeasible', steps: 0 });
  });

  it('restores the same desktop where the provider can', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    await it.env.reset(taskNamed('next'));
    expect(it.provider.starts).toBe(1);
    expect(it.provider.last.switches).toEqual(['pause', 'resume', 'restore', 'pause']);
    expect(it.states()).toEqual(['booting', 'setup', 'ready', 'restoring', 'setup', 'ready']);
  });

  it('gets another desktop where the provider replaces them', async () => {
    await using it = await startEnv();
    it.provider.prepare = (desktop) => {
      desktop.restoreOutcome = 'replaced';
    };
    await it.env.reset(INFEASIBLE_TASK);
    await it.env.reset(taskNamed('next'));
    expect(it.env.status.desktop).toBe('fixture-2');
    expect(it.provider.running.map(({ id }) => id)).toEqual(['fixture-2']);
    expect(it.provider.most).toBe(1);
  });

  it('gets another desktop when one cannot be restored, and says why', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    it.provider.last.restore = () => Promise.reject(new Error('no such snapshot'));
    await it.env.reset(taskNamed('next'));
    expect(it.env.status.desktop).toBe('fixture-2');
    expect(it.events).toContainEqual({
      type: 'restore-failed',
      desktop: 'fixture-1',
      error: expect.objectContaining({ message: 'no such snapshot' }),
      env: 0,
    });
  });

  it('swaps for a standby instead of restoring', async () => {
    await using it = await startEnv({ standby: 1 });
    await it.env.reset(INFEASIBLE_TASK);
    await eventually(() => expect(it.envs.supply.standby.ready).toBe(1));
    const before = it.env.status.desktop;
    await it.env.reset(taskNamed('next'));
    expect(it.env.status.desktop).not.toBe(before);
    expect(it.provider.desktops.flatMap(({ switches }) => switches)).not.toContain('restore');
    expect(it.provider.most).toBeLessThanOrEqual(2);
  });

  it('refuses a task before anything boots, naming each problem', async () => {
    await using it = await startEnv();
    await expect(it.env.reset({ id: 'x', config: 7 })).rejects.toMatchObject({
      code: 'E_TASK_INVALID',
      message: expect.stringMatching(/instruction: .*; evaluator: .*; config: /),
    });
    const teleport = { type: 'teleport', parameters: {} };
    const task = {
      ...INFEASIBLE_TASK,
      config: [teleport],
      evaluator: { func: 'infeasible', postconfig: [teleport] },
    };
    await expect(it.env.reset(task)).rejects.toMatchObject({
      code: 'E_TASK_INVALID',
      message: expect.stringContaining('teleport'),
    });
    expect(it.provider.starts).toBe(0);
    expect(it.env.status.state).toBe('idle');
  });

  it('refuses a task that is nested beyond writing it down', async () => {
    await using it = await startEnv();
    const depth = 200_000;
    const nested = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    await expect(it.env.reset({ ...INFEASIBLE_TASK, nested })).rejects.toMatchObject({
      code: 'E_TASK_INVALID',
    });
  });

  it('refuses a task that nobody can score, naming what is missing, before anything boots', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    await expect(it.env.reset({ ...INFEASIBLE_TASK, evaluator: PPTX })).rejects.toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: expect.stringContaining('compare_pptx_files'),
      fix: expect.stringContaining('arpo-env evaluators install'),
    });
    expect(it.provider.starts).toBe(1);
    expect(it.env.status).toMatchObject({ state: 'ready', task: 'infeasible' });
  });

  it('plays such a task where that is wanted, and says so', async () => {
    await using it = await startEnv({ settings: { unscorable: 'play' } });
    const evaluator = PPTX;
    await it.env.reset({ ...INFEASIBLE_TASK, evaluator });
    expect(it.events).toContainEqual(
      expect.objectContaining({ type: 'evaluator-unavailable', task: 'infeasible' }),
    );
    await expect(it.env.evaluate()).rejects.toMatchObject({
      code: 'E_EVALUATOR_UNAVAILABLE',
      message: expect.stringContaining('compare_pptx_files'),
    });
    expect(it.env.status.state).toBe('ready');
  });

  it('tries again with another desktop when one is lost, keeping the error', async () => {
    await using it = await startEnv();
    it.provider.prepare = (desktop) => {
      if (desktop.id !== 'fixture-1') return;
      // Ready, and then gone.
      let screenshots = 0;
      desktop.guest.screenshot = () => (screenshots++ === 0 ? Buffer.from('89504e47', 'hex') : 500);
    };
    await it.env.reset(INFEASIBLE_TASK);
    expect(it.env.status).toMatchObject({ state: 'ready', desktop: 'fixture-2' });
    const failed = it.events.filter(({ type }) => type === 'reset-attempt-failed');
    expect(failed).toMatchObject([{ attempt: 1, attempts: 3, error: { code: 'E_AGENT_FAILED' } }]);
  });

  it('answers every attempt in the end, and the env is failed', async () => {
    await using it = await startEnv();
    let boots = 0;
    it.provider.onStart = () => {
      boots += 1;
      throw new ArpoEnvError({ code: 'E_BOOT_FAILED', message: `kernel panic ${boots}`, fix: 'look' });
    };
    await expect(it.env.reset(INFEASIBLE_TASK)).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message:
        'the reset failed 3 times; attempt 1: kernel panic 1; attempt 2: kernel panic 2; attempt 3: kernel panic 3',
      fix: 'look',
    });
    expect(it.env.status).toMatchObject({ state: 'failed', failure: { code: 'E_BOOT_FAILED' } });
    await expect(it.env.step(CLICK)).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: expect.stringContaining('kernel panic 3'),
    });
    it.provider.onStart = () => undefined;
    await it.env.reset(INFEASIBLE_TASK);
    expect(it.env.status).toMatchObject({ state: 'ready', failure: null });
  });

  it('says once what every attempt failed of', async () => {
    await using it = await startEnv();
    it.provider.onStart = () => {
      throw new ArpoEnvError({ code: 'E_BOOT_FAILED', message: 'kernel panic', fix: 'look' });
    };
    await expect(it.env.reset(INFEASIBLE_TASK)).rejects.toMatchObject({
      message: 'the reset failed 3 times in the same way: kernel panic',
    });
  });

  it('does not repeat what another attempt would only meet again', async () => {
    await using it = await startEnv();
    it.provider.onStart = () => {
      throw new ArpoEnvError({ code: 'E_PROVIDER_UNAVAILABLE', message: 'no Docker', fix: 'start it' });
    };
    await expect(it.env.reset(INFEASIBLE_TASK)).rejects.toMatchObject({ message: 'no Docker' });
    expect(it.provider.starts).toBe(1);
  });

  it('joins an equal reset that is under way, and only an equal one', async () => {
    await using it = await startEnv();
    const started = gate();
    it.provider.onStart = () => started.passed;
    const first = it.env.reset(INFEASIBLE_TASK);
    const equal = it.env.reset(structuredClone(INFEASIBLE_TASK));
    const other = it.env.reset(taskNamed('other'));
    const again = it.env.reset(INFEASIBLE_TASK);
    expect(it.env.status.waiting).toBe(2);
    started.open();
    expect(await equal).toBe(await first);
    expect(await other).not.toBe(await first);
    expect(await again).not.toBe(await first);
    expect(it.events.filter((event) => event.type === 'operation')).toHaveLength(3);
    expect(it.provider.starts).toBe(1);
  });

  it('empties the folder of the episode before', async () => {
    await using it = await startEnv();
    const step = { type: 'execute', parameters: { command: ['ls'], stdout: 'out.txt' } };
    await it.env.reset({ ...INFEASIBLE_TASK, config: [step] });
    const evaluator = {
      func: 'exact_match',
      result: { type: 'cache_file', path: 'out.txt' },
      expected: { type: 'rule', rules: { expected: 'x' } },
    };
    await it.env.reset({ ...taskNamed('next'), evaluator });
    await expect(it.env.evaluate()).rejects.toMatchObject({ message: expect.stringContaining('out.txt') });
  });
});

describe('step', () => {
  it('resumes, acts, takes a screenshot and pauses', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    const { desktops } = it.provider;
    desktops[0]?.switches.splice(0);
    desktops[0]?.guest.requests.splice(0);
    await it.env.step(CLICK);
    expect(desktops[0]?.switches).toEqual(['resume', 'pause']);
    expect(desktops[0]?.guest.requests).toEqual(['POST /execute', 'GET /screenshot']);
    expect(codeOf(desktops[0]?.guest.executed[0])).toMatch(
      /^import pyautogui; import time; pyautogui\.FAILSAFE = False; [\s\S]*pyautogui\.click\(/,
    );
  });

  it('counts actions, not requests, and stops in the middle of a prediction', async () => {
    await using it = await startEnv({ settings: { maxSteps: 5 } });
    await it.env.reset(INFEASIBLE_TASK);
    const three = `${CLICK}\n\nclick(start_box='(1,1)')\n\nclick(start_box='(2,2)')`;
    expect((await it.env.step(three)).isDone).toBe(false);
    expect(it.env.status.steps).toBe(3);
    expect(await it.env.step(three)).toEqual({ history: null, isDone: true, formatReward: 0 });
    expect(it.provider.last.guest.executed).toHaveLength(5);
    expect(it.events).toContainEqual({ type: 'episode-ended', steps: 5, why: 'max-steps', env: 0 });
  });

  it('a final step needs no screenshot', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    it.provider.last.guest.requests.splice(0);
    await it.env.step(FINISHED);
    expect(it.provider.last.guest.requests).toEqual([]);
  });

  it('WAIT acts on nothing and ends nothing', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    expect((await it.env.step(WAIT)).isDone).toBe(false);
    expect(it.provider.last.guest.executed).toEqual([]);
    expect(it.env.status.steps).toBe(1);
  });

  it('a prediction that cannot be parsed ends the episode with format reward -1, and why is reported', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    expect(await it.env.step('no action here')).toEqual({ history: null, isDone: true, formatReward: -1 });
    expect(it.events.some(({ type }) => type === 'prediction-unparsed')).toBe(true);
    expect(it.env.history().messages).toHaveLength(4);
  });

  it('an action that fails in the guest is reported, and the episode goes on', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    it.provider.last.guest.execute = () => ({ returncode: 1, error: 'Traceback\nNameError: x' });
    expect((await it.env.step(CLICK)).isDone).toBe(false);
    expect(it.env.status).toMatchObject({
      state: 'ready',
      lastProblem: { code: 'E_GUEST_CODE', message: 'an action ended with return code 1: NameError: x' },
    });
    it.provider.last.guest.execute = () => ({ status: 500 });
    expect((await it.env.step(CLICK)).isDone).toBe(false);
    expect(it.env.status.lastProblem).toMatchObject({ code: 'E_AGENT_FAILED' });
    const problems = it.events.filter((event) => event.type === 'action-problem');
    expect(problems).toMatchObject([{ failed: true }, { failed: true }]);
  });

  it('a warning on stderr is kept, too, and is not a failure', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    it.provider.last.guest.execute = () => ({ error: 'Xlib: warning' });
    await it.env.step(CLICK);
    expect(it.events).toContainEqual(expect.objectContaining({ type: 'action-problem', failed: false }));
    await it.env.reset(taskNamed('next'));
    expect(it.env.status.lastProblem).toBeNull();
  });

  it('names the desktop that died, with the last of its log; the next reset gets another', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    await it.provider.last.guest[Symbol.asyncDispose]();
    await expect(it.env.step(CLICK)).rejects.toMatchObject({
      code: 'E_AGENT_UNREACHABLE',
      message: expect.stringMatching(
        /^desktop fixture-1: the guest agent at .* did not answer .*ECONNREFUSED.*; its last log lines:\nfixture-1: login:$/,
      ),
    });
    expect(it.env.status).toMatchObject({ state: 'failed', desktop: null });
    await eventually(() => expect(it.provider.running).toEqual([]));
    await it.env.reset(INFEASIBLE_TASK);
    expect(it.env.status).toMatchObject({ state: 'ready', desktop: 'fixture-2' });
  });

  it('a desktop that acts and then shows nothing is lost', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    it.provider.last.guest.screenshot = () => Buffer.from('no image');
    await expect(it.env.step(CLICK)).rejects.toMatchObject({ code: 'E_AGENT_FAILED' });
    expect(it.env.status.state).toBe('failed');
  });

  it('what answers a command as no agent does is none: whether it acted, nobody knows', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    it.provider.last.guest.execute = () => ({ returncode: 'none' as never });
    await expect(it.env.step(CLICK)).rejects.toMatchObject({ code: 'E_AGENT_FAILED' });
    expect(it.env.status).toMatchObject({ state: 'failed', failure: { code: 'E_AGENT_FAILED' } });
  });

  it('before any reset is E_NOT_READY, and boots nothing', async () => {
    await using it = await startEnv();
    await expect(it.env.step(CLICK)).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: 'cannot step: env 0 has no episode yet',
    });
    expect(it.provider.starts).toBe(0);
    expect(it.env.status.state).toBe('idle');
  });

  it('after the end acts once more and answers null, as the Python server does', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    await it.env.step(FINISHED);
    const two = `${CLICK}\n\nclick(start_box='(1,1)')`;
    expect(await it.env.step(two)).toEqual({ history: null, isDone: true, formatReward: 0 });
    expect(it.provider.last.guest.executed).toHaveLength(1);
  });

  it('replaces lone surrogates, which no Python string can carry', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    const { history } = await it.env.step("Thought: \ud800 and 😀\nAction: type(content='\udfff')");
    expect(history?.messages.at(-2)?.toString()).toContain('\ufffd and 😀');
    expect(codeOf(it.provider.last.guest.executed[0])).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('evaluate', () => {
  it('scores the episode on the resumed desktop, and again when asked again', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    expect(await it.env.evaluate()).toBe(0);
    await it.env.step(CALL_USER);
    expect(await it.env.evaluate()).toBe(1);
    expect(await it.env.evaluate()).toBe(1);
    expect(it.provider.last.switches).toEqual(['pause', 'resume', 'pause', 'resume']);
    expect(it.states().slice(-2)).toEqual(['evaluating', 'ready']);
  });

  it('is E_NOT_READY without an episode', async () => {
    await using it = await startEnv();
    await expect(it.env.evaluate()).rejects.toMatchObject({ code: 'E_NOT_READY' });
  });

  it('fails the env when the desktop is gone, and names it', async () => {
    await using it = await startEnv();
    const evaluator = {
      func: 'exact_match',
      result: { type: 'vm_command_line', command: 'whoami' },
      expected: { type: 'rule', rules: { expected: 'user' } },
    };
    await it.env.reset({ ...INFEASIBLE_TASK, evaluator });
    await it.provider.last.guest[Symbol.asyncDispose]();
    await expect(it.env.evaluate()).rejects.toMatchObject({
      message: expect.stringContaining('desktop fixture-1'),
    });
    expect(it.env.status.state).toBe('failed');
  });

  it('answers 0 for a failure only where that is asked for, and reports it', async () => {
    await using it = await startEnv({ settings: { evaluateErrors: 'zero' } });
    expect(await it.env.evaluate()).toBe(0);
    expect(it.events).toContainEqual(expect.objectContaining({ type: 'evaluate-zeroed', env: 0 }));
  });
});

describe('idempotency', () => {
  it('a repeated step with its key acts once, while it runs and after', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    const acting = gate();
    it.provider.last.guest.execute = async () => {
      await acting.passed;
      return {};
    };
    const first = it.env.step(CLICK, { idempotencyKey: 'k' });
    const second = it.env.step(CLICK, { idempotencyKey: 'k' });
    acting.open();
    expect(await second).toBe(await first);
    expect(await it.env.step(CLICK, { idempotencyKey: 'k' })).toBe(await first);
    expect(it.provider.last.guest.executed).toHaveLength(1);
    expect(await it.env.step(CLICK)).not.toBe(await first);
  });

  it('a key with another body or operation is refused', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    await it.env.step(CLICK, { idempotencyKey: 'k' });
    await expect(it.env.step(WAIT, { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'E_KEY_REUSED' });
    await expect(it.env.evaluate({ idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'E_KEY_REUSED' });
  });

  it('keys of an episode are forgotten by the next one, and a repeated reset begins none', async () => {
    await using it = await startEnv();
    const first = await it.env.reset(INFEASIBLE_TASK, { idempotencyKey: 'r' });
    await it.env.step(CLICK, { idempotencyKey: 'k' });
    expect(await it.env.reset(INFEASIBLE_TASK, { idempotencyKey: 'r' })).toBe(first);
    expect(it.env.status.steps).toBe(1);
    await it.env.reset(taskNamed('next'));
    await it.env.step(WAIT, { idempotencyKey: 'k' });
    expect(it.env.status.steps).toBe(1);
  });

  it('the key of a step that waits behind the next reset belongs to the next episode', async () => {
    await using it = await startEnv();
    await it.env.reset(INFEASIBLE_TASK);
    const reset = it.env.reset(taskNamed('next'));
    const step = it.env.step(CLICK, { idempotencyKey: 'k' });
    await reset;
    expect(await it.env.step(CLICK, { idempotencyKey: 'k' })).toBe(await step);
    expect(it.provider.last.guest.executed).toHaveLength(1);
  });

  it('a failed operation is not remembered: its retry tries again', async () => {
    await using it = await startEnv();
    it.provider.onStart = () => {
      throw new ArpoEnvError({ code: 'E_PROVIDER_UNAVAILABLE', message: 'no Docker', fix: 'start it' });
    };
    await expect(it.env.reset(INFEASIBLE_TASK, { idempotencyKey: 'r' })).rejects.toThrow('no Docker');
    it.provider.onStart = () => undefined;
    await it.env.reset(INFEASIBLE_TASK, { idempotencyKey: 'r' });
    expect(it.env.status.state).toBe('ready');
  });
});

describe('callers and the end', () => {
  it('a boot goes on when everybody who waited for it has left', async () => {
    await using it = await startEnv();
    const started = gate();
    it.provider.onStart = () => started.passed;
    const caller = new AbortController();
    const reset = it.env.reset(INFEASIBLE_TASK, { signal: caller.signal });
    caller.abort(new Error('hung up'));
    await expect(reset).rejects.toThrow('hung up');
    started.open();
    await eventually(() => expect(it.env.status.state).toBe('ready'));
    expect(it.provider.starts).toBe(1);
  });

  it('dispose ends what runs and what waits, and leaves no desktop and no folder', async () => {
    const it = await startEnv();
    it.provider.onStart = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const waiting = [it.env.reset(INFEASIBLE_TASK), it.env.step(CLICK), it.env.evaluate()];
    const outcomes = Promise.allSettled(waiting);
    await it.envs[Symbol.asyncDispose]();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'E_INTERRUPTED' } });
    }
    expect(it.provider.running).toEqual([]);
    await it[Symbol.asyncDispose]();
  });

  it('dispose in mid-episode stops the desktop', async () => {
    const it = await startEnv({ standby: 1 });
    await it.env.reset(INFEASIBLE_TASK);
    await it[Symbol.asyncDispose]();
    expect(it.provider.running).toEqual([]);
  });
});
