import { expect, it } from 'vitest';
import { type Selection, selectSteps } from '../../src/setup/select.js';
import { STEPS } from '../../src/setup/steps/index.js';

const ids = (selection: Selection) => selectSteps(STEPS, selection).map(({ id }) => id);
const all = STEPS.map(({ id }) => id);

it('stands in an order in which needs come first, each under its own name', () => {
  STEPS.forEach((step, index) => {
    expect(all.slice(0, index)).toEqual(expect.arrayContaining([...step.needs]));
  });
  expect(new Set(all).size).toBe(all.length);
});

it('selects all, some, all but some, and from one on', () => {
  expect(ids({})).toEqual(all);
  expect(ids({ only: ['qcow2', 'docker'] })).toEqual(['docker', 'qcow2']);
  expect(ids({ skip: ['kvm', 'image'] })).toEqual(all.filter((id) => id !== 'kvm' && id !== 'image'));
  expect(ids({ from: 'config' })).toEqual(['config', 'services']);
});

it('names a step that does not exist, and those that do', () => {
  expect(() => ids({ skip: ['dokcer'] })).toThrow(
    expect.objectContaining({
      code: 'E_USAGE',
      message: 'there is no step dokcer',
      fix: `the steps are: ${all.join(', ')}`,
    }),
  );
});

it('refuses a selection that leaves nothing', () => {
  expect(() => ids({ only: ['docker'], from: 'config' })).toThrow('leave no step');
});
