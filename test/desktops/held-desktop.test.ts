import { expect, test } from 'vitest';
import { HeldDesktop } from '../../src/desktops/held-desktop.js';
import { DesktopSupply } from '../../src/desktops/supply.js';
import { FixtureGuest } from '../support/fixture-guest.js';
import { FixtureProvider } from '../support/fixture-provider.js';

test('a desktop that is reached elsewhere after its restore is asked there', async () => {
  await using elsewhere = await FixtureGuest.start();
  const provider = new FixtureProvider();
  await using supply = new DesktopSupply({
    ...{ provider, takers: 1, standby: 0, prewarm: false, readyTimeoutMs: 20_000, onEvent: () => undefined },
  });
  const held = new HeldDesktop({
    ...{ supply, readyTimeoutMs: 20_000, onState: () => undefined, onEvent: () => undefined },
  });
  const { signal } = new AbortController();
  await held.takeClean(signal);
  const [desktop] = provider.desktops;
  if (!desktop) throw new Error('no desktop was started');
  Object.defineProperty(desktop, 'endpoints', { get: () => elsewhere.endpoints });
  const { agent } = await held.takeClean(signal);
  expect(desktop.switches).toContain('restore');
  const before = elsewhere.requests.length;
  await agent.screenshot({ signal });
  expect(elsewhere.requests.length).toBeGreaterThan(before);
});
