/** What `status`, `stop` and the next `serve` find of this user's instances, in the regions that this machine remembers. */
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TAGS } from '../../../src/aws/fleet.js';
import { serverTag } from '../../../src/aws/owner.js';
import { ownerName } from '../../../src/host/owner.js';
import { identifyProcess } from '../../../src/host/process.js';
import { findLeftInstances } from '../../../src/providers/aws/left-desktops.js';
import { knownRegions, rememberRegion } from '../../../src/providers/aws/regions.js';
import { findRentedInstances } from '../../../src/providers/aws/rented-desktops.js';
import { nameLeftDesktop } from '../../../src/runs/left-desktops.js';
import { ec2Error, FakeFleet } from '../../support/fake-fleet.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const DEAD = { pid: process.pid, startTime: 'of an earlier process with this pid' };

class Account {
  readonly fleet = new FakeFleet();
  readonly asked: string[] = [];

  async rent(id: string, changes: Record<string, string | null>): Promise<void> {
    const tags = {
      [TAGS.owner]: await ownerName(),
      [TAGS.expires]: '2026-11-29T15:00:00.000Z',
      ...changes,
    };
    this.fleet.instances.push({
      ...{ id, state: 'running', stateReason: null, type: 't3.xlarge', zone: 'us-east-1a' },
      ...{ subnetId: 'subnet-1', market: 'on-demand', launchedAt: new Date(NOW - 3_600_000) },
      ...{ privateIp: '10.0.0.9', publicIp: null },
      tags: Object.fromEntries(
        Object.entries(tags).filter((tag): tag is [string, string] => tag[1] !== null),
      ),
    });
  }

  options(folder: string) {
    const openFleet = async (region: string) => {
      this.asked.push(region);
      return this.fleet;
    };
    return { aws: { openFleet }, folder, now: NOW };
  }
}

test('AWS is asked where something was launched from here, and nowhere else', async () => {
  using folder = new TemporaryFolder();
  const account = new Account();
  expect(await findLeftInstances(account.options(folder.path))).toEqual({ found: [], unseen: [] });
  expect(account.asked).toEqual([]);
  await rememberRegion(folder.path, 'us-east-1');
  await findLeftInstances(account.options(folder.path));
  expect(account.asked).toEqual(['us-east-1']);
});

test('dead servers’ and expired instances are found and ended; the living server’s stays', async () => {
  using folder = new TemporaryFolder();
  await rememberRegion(folder.path, 'us-east-1');
  const account = new Account();
  const self = await identifyProcess(process.pid);
  if (self === null) throw new Error('this process is not in the process table');
  await account.rent('i-dead', { [TAGS.server]: serverTag(DEAD) });
  await account.rent('i-living', { [TAGS.server]: serverTag(self) });
  await account.rent('i-expired', { [TAGS.expires]: '2026-11-29T11:00:00.000Z' });
  await account.rent('i-other', { [TAGS.owner]: 'other@vm.example 1', [TAGS.server]: serverTag(DEAD) });
  const { found } = await findLeftInstances(account.options(folder.path));
  expect(found.map(nameLeftDesktop)).toEqual([
    `desktop i-dead, left by a dead server (pid ${process.pid})`,
    'desktop i-expired, which no server has prolonged and whose time ended at 2026-11-29T11:00:00.000Z',
  ]);
  await Promise.all(found.map((desktop) => desktop.remove()));
  expect(account.fleet.live.map(({ id }) => id)).toEqual(['i-living', 'i-other']);

  const rented = await findRentedInstances(account.options(folder.path));
  expect(rented.found).toMatchObject([{ name: 'i-living', hourlyPrice: 0.1664, server: self }]);
});

test('what AWS does not say is said, and nothing is thrown', async () => {
  using folder = new TemporaryFolder();
  await rememberRegion(folder.path, 'us-east-1');
  const account = new Account();
  account.fleet.fault = () => ec2Error('ExpiredToken', 'the token is expired');
  expect(await findLeftInstances(account.options(folder.path))).toEqual({
    found: [],
    unseen: [
      'EC2 instances of ours may be running in us-east-1, and AWS cannot be asked: the token is expired',
    ],
  });
  expect(await knownRegions(folder.path)).toEqual(['us-east-1']);
});

test('a region in which nothing is left is forgotten, but not while a launch may be under way', async () => {
  using folder = new TemporaryFolder();
  await rememberRegion(folder.path, 'us-east-1');
  const account = new Account();
  const [name = ''] = await readdir(folder.path);
  const launchedAt = (time: number) => utimes(join(folder.path, name), time / 1000, time / 1000);
  await launchedAt(NOW - 60_000);
  await findLeftInstances(account.options(folder.path));
  expect(await knownRegions(folder.path)).toEqual(['us-east-1']);
  await launchedAt(NOW - 2 * 3_600_000);
  await findLeftInstances(account.options(folder.path));
  expect(await knownRegions(folder.path)).toEqual([]);
});
