import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { logTail, messagesSince } from '../../../src/providers/vmware/vmware-log.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

async function log(folder: TemporaryFolder, ...lines: string[]): Promise<string> {
  const vmx = join(folder.path, 'vm', 'Ubuntu.vmx');
  await mkdir(dirname(vmx), { recursive: true });
  await writeFile(join(dirname(vmx), 'vmware.log'), `${lines.join('\n')}\n`);
  return vmx;
}

test('what VMware put before a person, of this attempt alone, in the forms of older and newer versions', async () => {
  using folder = new TemporaryFolder();
  const vmx = await log(
    folder,
    '2026-01-01T10:00:00.000-08:00| vmx| I125: [msg.memsched.old] Of yesterday.',
    '2026-01-02T10:00:00.000Z In(05) vmx - [msg.memsched.preNotEnoughMem] Not enough physical memory is available.',
    '2026-01-02T02:00:01.000-08:00| vmx| I125: [msg.memsched.hostUnderDuress] Shut something down.',
    '2026-01-02T10:00:01.000Z In(05) vmx - Module DevicePowerOn power on failed.',
  );
  const since = Date.parse('2026-01-02T10:00:00.000Z');
  expect(await messagesSince(vmx, since)).toEqual([
    'Not enough physical memory is available.',
    'Shut something down.',
  ]);
});

test('a log that nobody has written since, or none, says nothing', async () => {
  using folder = new TemporaryFolder();
  const vmx = await log(folder, '2026-01-01T10:00:00.000Z In(05) vmx - [msg.uuid.altered] Moved or copied?');
  expect(await messagesSince(vmx, Date.now() + 60_000)).toEqual([]);
  expect(await messagesSince('/nowhere/x.vmx', 0)).toEqual([]);
  expect(await logTail('/nowhere/x.vmx', 5)).toBe('');
});

test('its last lines', async () => {
  using folder = new TemporaryFolder();
  const vmx = await log(folder, 'one', 'two', 'three');
  expect(await logTail(vmx, 2)).toBe('two\nthree');
  expect(await logTail(vmx, 0)).toBe('');
});
