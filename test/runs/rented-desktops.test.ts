import { expect, test } from 'vitest';
import {
  endRentedDesktops,
  type RentedDesktop,
  rentedDocument,
  rentedText,
} from '../../src/runs/rented-desktops.js';
import { stopAllDesktops } from '../../src/runs/stop-all-desktops.js';

const NOW = Date.parse('2026-11-29T12:00:00Z');

class Account {
  desktops: RentedDesktop[] = [];
  unseen: string[] = [];
  ended: string[] = [];

  rent(name: string, changes: Partial<RentedDesktop> = {}): void {
    this.desktops.push({
      ...{ name, provider: 'aws', where: 'us-east-1a', type: 't3.xlarge', isSpot: false, state: 'running' },
      startedAt: new Date(NOW - 90 * 60_000),
      hourlyPrice: 0.1664,
      server: { pid: 4711, startTime: '1' },
      expiresAt: new Date(NOW + 2 * 3_600_000),
      end: async () => {
        this.ended.push(name);
        this.desktops = this.desktops.filter((desktop) => desktop.name !== name);
      },
      ...changes,
    });
  }

  find = async () => ({ found: [...this.desktops], unseen: this.unseen, priceNote: 'prices of 2026' });
}

test('what runs for how long, what it costs, and what it comes to', async () => {
  const account = new Account();
  account.rent('i-1');
  account.rent('i-2', { type: 'x9.huge', hourlyPrice: null, server: null, expiresAt: null });
  account.rent('i-3', { isSpot: true, hourlyPrice: null, startedAt: null, state: 'pending' });
  expect(rentedText(await account.find(), NOW).split('\n')).toEqual([
    'desktop  type              where       state    for         so far   server    ends',
    '───────  ────────────────  ──────────  ───────  ──────────  ───────  ────────  ─────────────────',
    'i-1      t3.xlarge         us-east-1a  running  1 h 30 min  $0.25    pid 4711  2026-11-29T14:00Z',
    'i-2      x9.huge           us-east-1a  running  1 h 30 min  unknown  –         –',
    'i-3      t3.xlarge (spot)  us-east-1a  pending  –           unknown  pid 4711  2026-11-29T14:00Z',
    '3 rented desktops, 3.0 h together: $0.25 so far, $0.17 per hour, and 2 whose price is not known here (prices of 2026)',
  ]);
  expect(rentedDocument(await account.find(), NOW)).toMatchObject({
    desktops: [
      { name: 'i-1', hours: 1.5, cost: 0.2496, server: 4711 },
      { cost: null },
      { hours: 0, cost: null },
    ],
    ...{ hours: 3, cost: 0.2496, hourlyPrice: 0.1664, unpriced: ['i-2', 'i-3'] },
  });
});

test('a cost is not made up where no price is known', async () => {
  const account = new Account();
  account.rent('i-1', { hourlyPrice: null });
  expect(rentedText(await account.find(), NOW)).toMatch(
    /\n1 rented desktop, 1\.5 h together; what it costs is not known here$/,
  );
  expect(rentedDocument(await account.find(), NOW)).toMatchObject({ cost: null, hourlyPrice: null });
});

test('one that cannot be ended does not keep the others', async () => {
  const account = new Account();
  account.rent('i-1', { end: () => Promise.reject(new Error('UnauthorizedOperation')) });
  account.rent('i-2');
  expect(await endRentedDesktops(account.desktops)).toEqual({
    ended: ['i-2'],
    problems: ['i-1 could not be ended: UnauthorizedOperation'],
  });
});

test('all are shown before anything ends, the runs end first, and what they began meanwhile ends too', async () => {
  const account = new Account();
  account.rent('i-1');
  account.rent('i-2');
  const order: string[] = [];
  const outcome = await stopAllDesktops({
    find: account.find,
    confirm: async ({ found }) => void order.push(`show ${found.map(({ name }) => name).join(' ')}`),
    stopRuns: async () => {
      order.push('stop runs');
      // The server ends its own one, and had begun another.
      account.desktops = account.desktops.filter(({ name }) => name !== 'i-1');
      account.rent('i-3');
    },
  });
  expect(order).toEqual(['show i-1 i-2', 'stop runs']);
  expect(outcome).toEqual({ ended: ['i-1', 'i-2', 'i-3'], problems: [] });
  expect(account.ended).toEqual(['i-2', 'i-3']);
});

test('a no ends nothing, runs neither', async () => {
  const account = new Account();
  account.rent('i-1');
  const stopRuns = () => Promise.reject(new Error('stopped'));
  const confirm = () => Promise.reject(new Error('nothing was changed'));
  await expect(stopAllDesktops({ find: account.find, confirm, stopRuns })).rejects.toThrow('nothing was');
  expect(account.ended).toEqual([]);
});

test('what nobody can see any more is not said to have ended', async () => {
  const account = new Account();
  account.rent('i-1');
  const outcome = await stopAllDesktops({
    find: account.find,
    confirm: async () => {},
    stopRuns: async () => {
      account.desktops = [];
      account.unseen = ['AWS cannot be asked'];
    },
  });
  expect(outcome).toEqual({ ended: [], problems: ['AWS cannot be asked'] });
});
