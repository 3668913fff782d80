import { expect, it } from 'vitest';
import { withoutHost } from '../../../src/setup/remote/set-up-host.js';
import { openSsh } from '../../../src/setup/remote/ssh.js';

it.each([
  [['setup-vm', '--host', 'vm.example', '--yes']],
  [['setup-vm', '--yes', '--host=vm.example']],
  [['--host', 'vm.example', 'setup-vm', '--yes']],
])('%j loses the host and nothing else', (args) => {
  expect(withoutHost(args)).toEqual(['setup-vm', '--yes']);
});

it('refuses a host that ssh would take for an option', async () => {
  await expect(openSsh('-oProxyCommand=x', new AbortController().signal, false)).rejects.toMatchObject({
    code: 'E_USAGE',
  });
});
