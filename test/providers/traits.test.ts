import { expect, test } from 'vitest';
import { needs, traitsOf } from '../../src/providers/traits.js';

test('auto has what the best provider needs', () => {
  expect(traitsOf('auto')).toEqual(traitsOf('docker'));
  expect(needs('auto', 'docker')).toBe(true);
});

test('only the practice desktop is simulated, and a provider that nobody knows has no traits', () => {
  expect(
    ['docker', 'vmware', 'aws', 'remote', 'local', 'sim'].filter((name) => traitsOf(name).isSimulated),
  ).toEqual(['sim']);
  expect(traitsOf('toString')).toMatchObject({ needs: [], kvm: 'none', isSimulated: false });
});
