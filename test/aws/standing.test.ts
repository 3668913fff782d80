import { expect, test } from 'vitest';
import { LIVE_STATES, TAGS, type Tags } from '../../src/aws/fleet.js';
import { serverTag } from '../../src/aws/owner.js';
import { findTagged } from '../../src/aws/standing.js';
import { FakeFleet } from '../support/fake-fleet.js';

const SELF = 'user@vm.example 0123456789ab';
const NOW = Date.parse('2026-11-29T12:00:00Z');
const LIVING = { pid: 1, startTime: 'boot/1' };
const DEAD = { pid: 2, startTime: 'boot/2' };
const { signal } = new AbortController();

const inMinutes = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

async function standings(...tags: Tags[]) {
  const fleet = new FakeFleet();
  for (const each of tags) {
    await fleet.launch(
      {
        ...{ clientToken: String(Math.random()), count: 1, imageId: 'ami-1', type: 't3.xlarge' },
        ...{ subnetId: 'subnet-1', groupIds: ['sg-1'], market: 'on-demand', publicAddress: false },
        tags: each,
      },
      signal,
    );
  }
  const isAlive = async ({ pid }: { pid: number }) => pid === LIVING.pid;
  const found = await findTagged(fleet, { self: SELF, now: NOW, isAlive }, signal);
  return found.map(({ isMine, standing }) => `${isMine ? 'mine' : 'another’s'} ${standing.kind}`);
}

const tagged = (owner: string, server: typeof DEAD | null, expires: string | null): Tags => ({
  [TAGS.owner]: owner,
  ...(server ? { [TAGS.server]: serverTag(server) } : {}),
  ...(expires ? { [TAGS.expires]: expires } : {}),
});

test('a dead server of this machine left it, whatever its time; a living one keeps it', async () => {
  expect(
    await standings(
      tagged(SELF, DEAD, inMinutes(60)),
      tagged(SELF, DEAD, null),
      tagged(SELF, LIVING, inMinutes(60)),
      // AWS did not let it put the end off.
      tagged(SELF, LIVING, inMinutes(-60)),
    ),
  ).toEqual(['mine left', 'mine left', 'mine kept', 'mine kept']);
});

test('where the process cannot be seen, only the time counts', async () => {
  const beforeTheContainerWasMadeAnew = 'user@vm.example ba9876543210';
  expect(
    await standings(
      tagged(beforeTheContainerWasMadeAnew, DEAD, inMinutes(60)),
      tagged(beforeTheContainerWasMadeAnew, DEAD, inMinutes(-1)),
      tagged(beforeTheContainerWasMadeAnew, DEAD, null),
      tagged(beforeTheContainerWasMadeAnew, DEAD, 'tomorrow'),
      tagged(SELF, null, inMinutes(-1)),
      tagged('somebody@vm.example 0123456789ab', DEAD, inMinutes(60)),
      tagged('somebody@vm.example 0123456789ab', DEAD, inMinutes(-1)),
    ),
  ).toEqual([
    ...['mine kept', 'mine expired', 'mine kept', 'mine kept', 'mine expired'],
    ...['another’s kept', 'another’s expired'],
  ]);
});

test('what is not tagged as ours, and what costs nothing any more, is not seen', async () => {
  const fleet = new FakeFleet();
  const request = { count: 1, imageId: 'ami-1', type: 't3.xlarge', subnetId: 'subnet-1', groupIds: [] };
  const more = { market: 'on-demand', publicAddress: false } as const;
  await fleet.launch({ clientToken: 'a', ...request, ...more, tags: { Name: 'theirs' } }, signal);
  await fleet.launch({ clientToken: 'b', ...request, ...more, tags: tagged(SELF, DEAD, null) }, signal);
  const [, ended] = fleet.instances;
  fleet.end(ended?.id ?? '', 'User initiated');
  expect(LIVE_STATES).not.toContain(ended?.state);
  expect(await findTagged(fleet, { self: SELF, now: NOW }, signal)).toEqual([]);
});
