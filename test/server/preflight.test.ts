/** What is refused, or warned about, before a server starts. */
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { DesktopProvider } from '../../src/providers/provider.js';
import { createSimProvider } from '../../src/providers/sim.js';
import { requirePreflight, unusedFlags } from '../../src/server/preflight.js';

const logger = pino({ level: 'silent' });
const provider = (capacity?: number): DesktopProvider => ({
  ...createSimProvider(),
  name: 'attach',
  capacity,
});

describe('how many desktops there are', () => {
  it('is enough, or not limited', async () => {
    await requirePreflight(provider(3), { envs: 2, standby: 1 }, logger);
    await requirePreflight(provider(), { envs: 200, standby: 9 }, logger);
  });

  it('is too few', async () => {
    await expect(requirePreflight(provider(1), { envs: 2, standby: 0 }, logger)).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: 'the provider attach has 1 desktop, too few for 2 envs',
      fix: '--envs 1 --standby 0, or name more desktops',
    });
    await expect(requirePreflight(provider(2), { envs: 1, standby: 2 }, logger)).rejects.toThrow(
      'has 2 desktops, too few for 1 env and 2 on standby',
    );
  });
});

it('a flag of a provider that is not the one is said to have no effect; a value of a file may stand there', () => {
  const sources = {
    'server.port': { kind: 'flag', name: '--port' },
    'providers.attach.agents': { kind: 'flag', name: '--attach' },
    'providers.local.vnc': { kind: 'file', file: 'x.yaml' },
  } as const;
  expect(unusedFlags({ sources }, 'sim')).toEqual([
    '--attach has no effect: it belongs to the provider attach, and this is sim',
  ]);
  expect(unusedFlags({ sources }, 'attach')).toEqual([]);
});
