import { expect, it } from 'vitest';
import { asUser } from '../../src/setup/command.js';
import { query, readIfThere, sizeOf } from '../../src/setup/query.js';
import { FakeMachine } from './fake-machine.js';

it('says which question had no answer in time', async () => {
  const machine = new FakeMachine().onQuery(/^stuck/, { exitCode: null });
  await expect(query(machine.context, asUser(['stuck', 'a b']))).rejects.toMatchObject({
    code: 'E_TIMEOUT',
    message: "stuck 'a b' did not end within 20 s",
  });
});

it('sizes: a file, what lies right in a folder, nothing', async () => {
  const machine = new FakeMachine();
  Object.assign(machine.files, { '/x/a': '123', '/x/b/c': '12345' });
  expect(await sizeOf(machine.context, '/x/a')).toBe(3);
  expect(await sizeOf(machine.context, '/x/b')).toBe(5);
  expect(await sizeOf(machine.context, '/x/d')).toBeNull();
});

it('does not take what may not be read for missing', async () => {
  const machine = new FakeMachine();
  machine.files['/there'] = 'text';
  machine.stats['/secret'] = { kind: 'file', size: 3, mode: 0o600 };
  expect(await readIfThere(machine.context, '/there')).toBe('text');
  expect(await readIfThere(machine.context, '/nowhere')).toBeNull();
  await expect(readIfThere(machine.context, '/secret')).rejects.toMatchObject({ code: 'E_NO_PERMISSION' });
});
