import { describe, expect, it } from 'vitest';
import { ArpoEnvError } from '../../src/errors.js';
import { asRoot, asUser, type Command } from '../../src/setup/command.js';
import {
  applySteps,
  assertNeedsSelected,
  type SetupEvent,
  surveySteps,
  unchanged,
} from '../../src/setup/setup.js';
import type { Inspection, Step } from '../../src/setup/step.js';
import { FakeMachine } from './fake-machine.js';

/** Done as soon as the file that its command makes is there. */
function fileStep(id: string, changes: Partial<Step> & { command?: Command } = {}): Step {
  const { command = asUser(['make', id]), ...rest } = changes;
  return {
    id,
    title: `Step ${id}`,
    needs: [],
    inspect: async ({ machine }): Promise<Inspection> =>
      (await machine.exists(`/made/${id}`))
        ? { state: 'done', note: `${id} is there` }
        : { state: 'needed', why: `${id} is missing` },
    plan: async () => [command],
    ...rest,
  };
}

function machineThatMakes(...ids: string[]): FakeMachine {
  const machine = new FakeMachine();
  for (const id of ids)
    machine.onRun(new RegExp(`^make ${id}$`), () => {
      machine.files[`/made/${id}`] = '';
    });
  return machine;
}

async function run(machine: FakeMachine, steps: readonly Step[]) {
  const events: SetupEvent[] = [];
  const log: string[] = [];
  const survey = await surveySteps(steps, machine.context);
  const reports = await applySteps(
    survey,
    machine.context,
    (event) => events.push(event),
    (line) => log.push(line),
  );
  return { survey, reports, events, log };
}

describe('a run', () => {
  it('applies what is needed, in order, and leaves the rest', async () => {
    const machine = machineThatMakes('a', 'c');
    machine.files['/made/b'] = '';
    const { reports, events, log } = await run(machine, [fileStep('a'), fileStep('b'), fileStep('c')]);
    expect(machine.ran).toEqual(['make a', 'make c']);
    expect(reports.map(({ id, outcome, note }) => ({ id, outcome, note }))).toEqual([
      { id: 'a', outcome: 'changed', note: 'a is there' },
      { id: 'b', outcome: 'unchanged', note: 'b is there' },
      { id: 'c', outcome: 'changed', note: 'c is there' },
    ]);
    expect(events.map(({ step, state }) => `${step} ${state}`)).toEqual([
      ...['a running', 'a line', 'a line', 'a changed'],
      ...['c running', 'c line', 'c line', 'c changed'],
    ]);
    expect(log).toEqual(['$ make a', 'output of make', '$ make c', 'output of make']);
  });

  it('changes nothing the second time', async () => {
    const machine = machineThatMakes('a');
    await run(machine, [fileStep('a')]);
    const { survey } = await run(machine, [fileStep('a')]);
    expect(machine.ran).toEqual(['make a']);
    expect(survey.needed).toEqual([]);
    expect(unchanged(survey)).toEqual([
      { id: 'a', title: 'Step a', outcome: 'unchanged', note: 'a is there' },
    ]);
  });

  it('goes on where the last one failed', async () => {
    const machine = machineThatMakes('a', 'c').onRun(/^make b$/, () => ({ exitCode: 2 }));
    const steps = [fileStep('a'), fileStep('b'), fileStep('c')];
    await expect(run(machine, steps)).rejects.toThrow('make b');
    machine.onRun(/^make b$/, () => {
      machine.files['/made/b'] = '';
    });
    await run(machine, steps);
    expect(machine.ran).toEqual(['make a', 'make b', 'make b', 'make c']);
  });

  it('plans each step when its turn comes, as the earlier ones left the machine', async () => {
    const machine = machineThatMakes('a', 'b');
    const seen: boolean[] = [];
    const second = fileStep('b', {
      plan: async ({ machine }) => {
        seen.push(await machine.exists('/made/a'));
        return [asUser(['make', 'b'])];
      },
    });
    await run(machine, [fileStep('a'), second]);
    expect(seen).toEqual([false, true]);
  });

  it('does not apply what an earlier step has fixed on its way', async () => {
    const machine = machineThatMakes('a').onRun(/^make a$/, () => {
      Object.assign(machine.files, { '/made/a': '', '/made/b': '' });
    });
    const { reports } = await run(machine, [fileStep('a'), fileStep('b')]);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['changed', 'unchanged']);
  });

  it('throws when every command succeeds and the step is still needed', async () => {
    await expect(run(new FakeMachine(), [fileStep('a')])).rejects.toMatchObject({
      code: 'E_SETUP_STEP',
      message: 'Step a: every command succeeded, but: a is missing',
    });
  });

  it('throws what the verification of an applied step throws', async () => {
    const verify = async () => {
      throw new ArpoEnvError({ code: 'E_SERVER_UNREACHABLE', message: 'silent', fix: 'look' });
    };
    await expect(run(machineThatMakes('a'), [fileStep('a', { verify })])).rejects.toMatchObject({
      code: 'E_SERVER_UNREACHABLE',
    });
  });

  it('stops between steps when it is interrupted', async () => {
    const controller = new AbortController();
    const machine = new FakeMachine({ signal: controller.signal });
    machine.onRun(/^make a$/, () => {
      machine.files['/made/a'] = '';
      controller.abort(new Error('interrupted'));
    });
    await expect(run(machine, [fileStep('a'), fileStep('b')])).rejects.toThrow('interrupted');
    expect(machine.ran).toEqual(['make a']);
  });
});

describe('a survey', () => {
  it('knows whether root is needed', async () => {
    const user = await surveySteps([fileStep('a')], new FakeMachine().context);
    const root = await surveySteps(
      [fileStep('a', { command: asRoot(['make', 'a']) })],
      new FakeMachine().context,
    );
    expect([user.needsRoot, root.needsRoot]).toEqual([false, true]);
  });

  it('leaves out what is only for containers when desktops come from elsewhere', async () => {
    const machine = new FakeMachine({ settings: { usesDocker: false, provider: 'aws' } });
    const survey = await surveySteps([fileStep('a', { dockerOnly: true })], machine.context);
    expect(unchanged(survey)).toMatchObject([
      { outcome: 'not-applicable', note: 'desktops come from aws, not from Docker' },
    ]);
  });

  it('refuses a step without the one that it stands on', async () => {
    const [first, second] = [fileStep('a'), fileStep('b', { needs: ['a'] })];
    const machine = new FakeMachine();
    const { needed } = await surveySteps([second], machine.context);
    const check = () => assertNeedsSelected(needed, [first], machine.context);
    await expect(check()).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'step b depends on step a, which is not done (a is missing) and not selected',
      fix: 'arpo-env setup-vm --only a,b; or, if you are sure, --skip a',
    });
    machine.files['/made/a'] = '';
    await expect(check()).resolves.toBeUndefined();
  });
});
