import { expect, it } from 'vitest';
import { ReadyRule } from '../../src/desktops/ready-rule.js';
import { FixtureGuest } from '../support/fixture-guest.js';

const { signal } = new AbortController();
const options = { budgetMs: 20_000, leastPatienceMs: 200, intervalMs: 1, signal };

it('waits for the CDP of an image until it did not come once', async () => {
  const rule = new ReadyRule('auto');
  const looks = async (cdpIsUp: boolean) => {
    await using guest = await FixtureGuest.start();
    guest.cdpIsUp = cdpIsUp;
    await rule.await(guest.endpoints, options);
    return guest.requests.filter((request) => request === 'GET /json/version').length;
  };
  expect(await looks(true)).toBe(1);
  expect(rule.phase).toBe('awaiting screenshot and Chrome CDP');
  expect(await looks(false)).toBeGreaterThan(1);
  expect(await looks(false)).toBe(1);
  expect(rule.phase).toBe('awaiting the screenshot');
});

it('both is both, whatever was seen', async () => {
  await using guest = await FixtureGuest.start();
  guest.cdpIsUp = false;
  const rule = new ReadyRule('both');
  const waiting = rule.await(guest.endpoints, { ...options, budgetMs: 200 });
  await expect(waiting).rejects.toMatchObject({ code: 'E_BOOT_FAILED' });
});
