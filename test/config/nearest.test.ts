import { expect, test } from 'vitest';
import { nearestName } from '../../src/config/nearest.js';

test.each([
  ['prot', ['host', 'port', 'envs'], 'port'],
  ['MAXSTEPS', ['maxSteps', 'envs'], 'maxSteps'],
  ['redyTimeout', ['readyTimeout', 'queueLimit'], 'readyTimeout'],
  ['gpu', ['host', 'bodyLimit'], undefined],
  ['anything', [], undefined],
])('%s among %j is %s', (name, known, nearest) => {
  expect(nearestName(name, known)).toBe(nearest);
});
