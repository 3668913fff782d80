import { describe, expect, it } from 'vitest';
import { Boot } from '../../src/desktops/boot.js';
import type { DesktopEvent } from '../../src/desktops/events.js';
import { ReadyRule } from '../../src/desktops/ready-rule.js';
import { ArpoEnvError } from '../../src/errors.js';
import { FixtureProvider, gate } from '../support/fixture-provider.js';

function boot(provider: FixtureProvider, budgetMs = 20_000) {
  const events: DesktopEvent[] = [];
  const onEvent = (event: DesktopEvent) => events.push(event);
  const readyRule = new ReadyRule('both');
  return { boot: new Boot({ provider, budgetMs, readyRule, onEvent }), events };
}

describe('Boot', () => {
  it('resolves with a ready desktop, showing how far it is', async () => {
    const provider = new FixtureProvider();
    const started = gate();
    provider.onStart = () => started.passed;
    const { boot: booting, events } = boot(provider);
    expect(booting.status).toMatchObject({
      phase: 'kernel',
      detail: '[ 0.00] Linux',
      screenshot: false,
      chromeCdp: false,
      budgetMs: 20_000,
    });
    expect(booting.isReady).toBe(false);
    started.open();
    expect((await booting.ready).id).toBe('fixture-1');
    expect(booting.status).toMatchObject({ phase: 'ready', screenshot: true, chromeCdp: true });
    expect(booting.isReady).toBe(true);
    expect(events).toMatchObject([{ type: 'boot', outcome: 'ready', desktop: 'fixture-1', chromeCdp: true }]);
    await booting[Symbol.asyncDispose]();
    await booting[Symbol.asyncDispose]();
    expect(provider.running).toEqual([]);
    expect(booting.isReady).toBe(false);
  });

  it('rejects with the error of the provider', async () => {
    const provider = new FixtureProvider();
    const problem = { code: 'E_PROVIDER_UNAVAILABLE', message: 'no Docker', fix: 'start it' } as const;
    provider.onStart = () => Promise.reject(new ArpoEnvError(problem));
    const { boot: booting, events } = boot(provider);
    await expect(booting.ready).rejects.toMatchObject(problem);
    expect(events).toMatchObject([{ outcome: 'failed', error: problem }]);
    expect(booting.status.phase).toBe('failed');
  });

  it('fails naming the phase when the provider needs longer than the budget', async () => {
    const provider = new FixtureProvider();
    provider.onStart = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const { boot: booting } = boot(provider, 20);
    await expect(booting.ready).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: 'provider sim had not started a desktop after 0s; it was at: kernel ([ 0.00] Linux)',
    });
  });

  it('fails when the machine is there and does not become ready; dispose then stops the machine', async () => {
    const provider = new FixtureProvider();
    provider.prepare = ({ guest }) => {
      guest.cdpIsUp = false;
    };
    const { boot: booting } = boot(provider, 300);
    await expect(booting.ready).rejects.toMatchObject({ code: 'E_BOOT_FAILED' });
    expect(booting.desktopId).toBe('fixture-1');
    await booting[Symbol.asyncDispose]();
    expect(provider.running).toEqual([]);
  });

  it.each(['while the provider starts', 'while it becomes ready'])('dispose cancels %s', async (when) => {
    const provider = new FixtureProvider();
    const reached = gate();
    if (when === 'while the provider starts') {
      provider.onStart = ({ signal }) => {
        reached.open();
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      };
    } else {
      provider.prepare = ({ guest }) => {
        guest.cdpIsUp = false;
        reached.open();
      };
    }
    const { boot: booting, events } = boot(provider);
    await reached.passed;
    await booting[Symbol.asyncDispose]();
    await expect(booting.ready).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(events[0]).toMatchObject({ outcome: 'cancelled' });
    expect(provider.running).toEqual([]);
  });
});
