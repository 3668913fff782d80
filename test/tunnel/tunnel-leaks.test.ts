import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { startCluster } from '../../src/demo/cluster.js';
import { deadline, openRecorded, startService } from './fixtures.js';

/** Caches are warm after these. */
const WARM = 10;
const RECONNECTS = 60;
/** A probe that is under way, a connection of the test; what leaks once a reconnect is ten times as many. */
const OF_THE_MOMENT = 5;

it('holds after many reconnects what it held after a few: no timer, socket or listener more', async () => {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  process.on('warning', onWarning);
  await using cluster = await startCluster({ signal: deadline(), prefer: 'embedded' });
  await using service = await startService();
  const signals: AbortSignal[] = [];
  await using tunnel = recordingSignals(signals, () => openRecorded(cluster, service, { random: () => 0 }));
  expect(signals.length).toBeGreaterThan(0);
  await tunnel.up(deadline());
  const held = () => ({
    resources: process.getActiveResourcesInfo(),
    waits: signals.flatMap((signal) => getEventListeners(signal, 'abort')).length,
    open: tunnel.stats.open,
  });
  const reconnect = async (count: number) => {
    const seen = tunnel.events.length;
    await cluster.dropConnections();
    await tunnel.event(({ state, reconnects }) => state === 'up' && reconnects === count, seen);
  };

  for (let count = 1; count <= WARM; count += 1) await reconnect(count);
  const before = await vi.waitFor(() => {
    expect(tunnel.stats.open).toBe(0);
    return held();
  });
  for (let count = WARM + 1; count <= RECONNECTS; count += 1) await reconnect(count);

  // What the last reconnect left to end ends.
  await vi.waitFor(
    () => {
      const now = held();
      expect(now.waits).toBeLessThanOrEqual(before.waits + OF_THE_MOMENT);
      expect(now.open).toBe(0);
      for (const kind of new Set(now.resources)) {
        const count = ({ resources }: typeof now) => resources.filter((one) => one === kind).length;
        expect(count(now), kind).toBeLessThanOrEqual(count(before) + OF_THE_MOMENT);
      }
    },
    { timeout: 10_000 },
  );
  expect(warnings).toEqual([]);
  process.off('warning', onWarning);
}, 60_000);

/** `signals` gets those that `open` makes itself: they live as long as what it opens. */
function recordingSignals<T>(signals: AbortSignal[], open: () => T): T {
  class Recorded extends AbortController {
    constructor() {
      super();
      signals.push(this.signal);
    }
  }
  vi.stubGlobal('AbortController', Recorded);
  try {
    return open();
  } finally {
    vi.unstubAllGlobals();
  }
}
