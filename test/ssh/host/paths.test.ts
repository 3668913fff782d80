import { userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { expandHome } from '../../../src/ssh/host/paths.js';

const { homedir, username } = userInfo();

it.each([
  ['~', homedir],
  ['~/.ssh/id_rsa', `${homedir}/.ssh/id_rsa`],
  [`~${username}/.ssh/id_rsa`, `${homedir}/.ssh/id_rsa`],
  [`~${username}`, homedir],
  ['~nobody-of-this-name/key', '~nobody-of-this-name/key'],
  ['~-s/key', '~-s/key'],
  ['/keys/~/key', '/keys/~/key'],
])('%s is %s', (path, expanded) => {
  expect(expandHome(path)).toBe(expanded);
});
