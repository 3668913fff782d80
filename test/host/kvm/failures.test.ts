import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeKvmFailure,
  type KvmFailure,
  knownKvmFailure,
  recallKvmFailure,
  rememberKvmFailure,
  thisMachine,
} from '../../../src/host/kvm/failures.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const MACHINE = { id: 'boot-1', kernel: '6.1.0', cpu: 'Xeon' };
const FAILURE: KvmFailure = {
  ...MACHINE,
  image: 'sha256:1',
  words: 'KVM internal error. Suberror: 1',
  at: '2026-11-28T04:00:00.000Z',
};

describe('what is remembered of KVM', () => {
  it('is found again on the same machine with the same image, by this user alone', async () => {
    using folder = new TemporaryFolder();
    const file = join(folder.path, 'state', 'kvm-failures.json');
    expect(await recallKvmFailure(file, MACHINE)).toBeNull();
    await rememberKvmFailure(file, FAILURE);
    expect(await recallKvmFailure(file, MACHINE)).toEqual(FAILURE);
    expect(await recallKvmFailure(file, MACHINE, 'sha256:1')).toEqual(FAILURE);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a reboot', { ...MACHINE, id: 'boot-2' }, undefined],
    ['another kernel', { ...MACHINE, kernel: '6.2.0' }, undefined],
    ['another CPU', { ...MACHINE, cpu: 'EPYC' }, undefined],
    ['another QEMU', MACHINE, 'sha256:2'],
  ])('does not outlive %s', async (_title, machine, image) => {
    using folder = new TemporaryFolder();
    const file = join(folder.path, 'kvm-failures.json');
    await rememberKvmFailure(file, FAILURE);
    expect(await recallKvmFailure(file, machine, image)).toBeNull();
  });

  it('takes a damaged file for an empty one, and does not grow without end', async () => {
    using folder = new TemporaryFolder({ 'kvm-failures.json': '{"failures": [{' });
    const file = join(folder.path, 'kvm-failures.json');
    expect(await recallKvmFailure(file, MACHINE)).toBeNull();
    for (let boot = 1; boot <= 25; boot += 1)
      await rememberKvmFailure(file, { ...FAILURE, id: `boot-${boot}` });
    expect(JSON.parse(readFileSync(file, 'utf8')).failures).toHaveLength(20);
    expect(await recallKvmFailure(file, { ...MACHINE, id: 'boot-25' })).not.toBeNull();
  });

  it("is told with its date, QEMU's words and the way to forget it", () => {
    expect(describeKvmFailure(FAILURE, '/home/a b/kvm-failures.json')).toBe(
      "/dev/kvm is there, but a guest died under KVM at 2026-11-28T04:00:00.000Z (KVM internal error. Suberror: 1); to have KVM tried again: rm '/home/a b/kvm-failures.json'",
    );
  });
});

it('is known of this machine whatever the image, for the start-up line', async () => {
  using folder = new TemporaryFolder();
  const file = join(folder.path, 'kvm-failures.json');
  expect(await knownKvmFailure(file)).toBeNull();
  const failure = { ...FAILURE, ...(await thisMachine()) };
  await rememberKvmFailure(file, failure);
  expect(await knownKvmFailure(file)).toBe(describeKvmFailure(failure, file));
});

it('knows this machine by its boot', async () => {
  const machine = await thisMachine();
  expect(machine.id).not.toBe('');
  expect(await thisMachine()).toEqual(machine);
});
