import { describe, expect, it } from 'vitest';
import type { DesktopEvent } from '../../src/desktops/events.js';
import { DesktopSupply, type SupplyOptions } from '../../src/desktops/supply.js';
import { eventually } from '../support/eventually.js';
import { FixtureProvider, gate } from '../support/fixture-provider.js';

const { signal } = new AbortController();
const ignore = () => undefined;

function supply(provider: FixtureProvider, more: Partial<SupplyOptions> = {}) {
  const events: DesktopEvent[] = [];
  const options = { provider, takers: 1, standby: 0, prewarm: false, readyTimeoutMs: 20_000 };
  const created = new DesktopSupply({ ...options, onEvent: (event) => events.push(event), ...more });
  created.bootAhead();
  return { supply: created, events };
}

describe('DesktopSupply', () => {
  it('boots when asked and stops what is given back', async () => {
    const provider = new FixtureProvider();
    const { supply: desktops, events } = supply(provider);
    expect(provider.starts).toBe(0);
    const lease = await desktops.acquire(signal, ignore);
    expect(lease.desktop.id).toBe('fixture-1');
    desktops.release(lease);
    await desktops[Symbol.asyncDispose]();
    expect(provider.running).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['boot', 'desktop-stopped']);
  });

  it('keeps standby desktops booted, paused, and replaces those that are taken', async () => {
    const provider = new FixtureProvider();
    const { supply: desktops } = supply(provider, { standby: 2 });
    await eventually(() => expect(desktops.standby).toEqual({ ready: 2, booting: 0 }));
    await eventually(() =>
      expect(provider.desktops.map(({ switches }) => switches)).toEqual([['pause'], ['pause']]),
    );
    const lease = await desktops.acquire(signal, ignore);
    expect(lease.desktop).toBe(provider.desktops[0]);
    expect(provider.desktops[0]?.switches).toEqual(['pause', 'resume']);
    await eventually(() => expect(desktops.standby).toEqual({ ready: 2, booting: 0 }));
    expect(provider.starts).toBe(3);
    await desktops[Symbol.asyncDispose]();
    expect(provider.running).toEqual([]);
  });

  it('never has more than takers + standby, however fast they are taken and given back', async () => {
    const provider = new FixtureProvider();
    const { supply: desktops } = supply(provider, { takers: 3, standby: 2 });
    const user = async () => {
      for (let turn = 0; turn < 10; turn += 1) desktops.release(await desktops.acquire(signal, ignore));
    };
    await Promise.all([user(), user(), user()]);
    await desktops[Symbol.asyncDispose]();
    expect(provider.most).toBeLessThanOrEqual(5);
    expect(provider.running).toEqual([]);
  });

  it('waits for a desktop to be gone before it boots another in its place', async () => {
    const provider = new FixtureProvider();
    const stopping = gate();
    provider.onStop = () => stopping.passed;
    const { supply: desktops } = supply(provider);
    desktops.release(await desktops.acquire(signal, ignore));
    const second = desktops.acquire(signal, ignore);
    const giveUp = new AbortController();
    const third = desktops.acquire(giveUp.signal, ignore);
    giveUp.abort(new Error('enough'));
    await expect(third).rejects.toThrow('enough');
    expect(provider.starts).toBe(1);
    stopping.open();
    expect((await second).desktop.id).toBe('fixture-2');
    await desktops[Symbol.asyncDispose]();
  });

  it('prewarm boots one for each env, and no more when they are accepted', async () => {
    const provider = new FixtureProvider();
    const { supply: desktops } = supply(provider, { takers: 2, prewarm: true });
    await eventually(() => expect(desktops.standby.ready).toBe(2));
    await desktops.acquire(signal, ignore);
    await desktops.acquire(signal, ignore);
    expect(provider.starts).toBe(2);
    await desktops[Symbol.asyncDispose]();
  });

  it('hands over a boot that is under way, with its progress, instead of starting a second one', async () => {
    const provider = new FixtureProvider();
    const started = gate();
    provider.onStart = () => started.passed;
    const { supply: desktops } = supply(provider, { prewarm: true });
    expect(desktops.nextBoot).toMatchObject({ phase: 'kernel' });
    const phases: string[] = [];
    const lease = desktops.acquire(signal, (boot) => phases.push(boot.status.phase));
    started.open();
    await lease;
    expect(phases).toEqual(['kernel']);
    expect(provider.starts).toBe(1);
    await desktops[Symbol.asyncDispose]();
  });

  it('passes over a standby that died while it waited', async () => {
    const provider = new FixtureProvider();
    const { supply: desktops } = supply(provider, { standby: 1 });
    await eventually(() => expect(provider.desktops[0]?.switches).toEqual(['pause']));
    await provider.desktops[0]?.guest[Symbol.asyncDispose]();
    const lease = await desktops.acquire(signal, ignore);
    expect(lease.desktop.id).not.toBe('fixture-1');
    await eventually(() => expect(provider.desktops[0]?.isStopped).toBe(true));
    await desktops[Symbol.asyncDispose]();
  });

  it('stops booting ahead after five failures, and begins again when an env got a desktop', async () => {
    const provider = new FixtureProvider();
    let isBroken = true;
    provider.onStart = () => {
      if (isBroken) throw new Error('no such image');
    };
    const { supply: desktops, events } = supply(provider, { standby: 1 });
    await eventually(() => expect(events).toHaveLength(5));
    await expect(desktops.acquire(signal, ignore)).rejects.toThrow('no such image');
    expect(provider.starts).toBe(6);
    isBroken = false;
    desktops.release(await desktops.acquire(signal, ignore));
    await eventually(() => expect(desktops.standby.ready).toBe(1));
    await desktops[Symbol.asyncDispose]();
  });

  it('reports a desktop that cannot be stopped, and goes on', async () => {
    const provider = new FixtureProvider();
    provider.onStop = () => Promise.reject(new Error('permission denied'));
    const { supply: desktops, events } = supply(provider);
    desktops.release(await desktops.acquire(signal, ignore));
    await eventually(() =>
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'desktop-stopped', desktop: 'fixture-1', error: expect.anything() }),
      ),
    );
    provider.onStop = () => undefined;
    expect((await desktops.acquire(signal, ignore)).desktop.id).toBe('fixture-2');
    await desktops[Symbol.asyncDispose]();
    await provider.desktops[0]?.guest[Symbol.asyncDispose]();
  });

  it('dispose cancels boots that are under way and takes no more', async () => {
    const provider = new FixtureProvider();
    provider.onStart = ({ signal: cancelled }) =>
      new Promise((_, reject) =>
        cancelled.addEventListener('abort', () => reject(cancelled.reason as Error)),
      );
    const { supply: desktops } = supply(provider, { standby: 2 });
    const waiting = desktops.acquire(signal, ignore).catch((error: unknown) => error);
    await desktops[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ code: 'E_INTERRUPTED' });
    desktops.bootAhead();
    expect(provider.running).toEqual([]);
    expect(desktops.standby).toEqual({ ready: 0, booting: 0 });
  });
});
