/** The aws provider over a double of EC2, in a hurry: no pause takes longer than some milliseconds. */
import { configSchema } from '../../src/config/schema.js';
import { sleep } from '../../src/lib/wait.js';
import { Lifetime } from '../../src/providers/aws/lifetime.js';
import { AwsProvider, type AwsProviderOptions } from '../../src/providers/aws/provider.js';
import type { StartOptions } from '../../src/providers/provider.js';
import { FakeFleet } from './fake-fleet.js';

export const AWS_SETTINGS = {
  region: 'us-east-1',
  subnetIds: ['subnet-1'],
  securityGroupIds: ['sg-1'],
};

const QUIET = {
  ...{ ttlMs: 10_800_000, schedules: null },
  setTags: async () => undefined,
  onWarning: () => undefined,
};

export function fakeCloud(settings: Record<string, unknown> = {}, options: Partial<AwsProviderOptions> = {}) {
  const fleet = new FakeFleet();
  const warnings: string[] = [];
  const pauses: number[] = [];
  const released: string[] = [];
  const config = configSchema.parse({ providers: { aws: { ...AWS_SETTINGS, ...settings } } });
  const provider = new AwsProvider({
    ...config.providers.aws,
    screen: config.screen,
    aws: { openFleet: async () => fleet, metadata: async () => null },
    env: {},
    onWarning: (text) => warnings.push(text),
    sleep: async (ms, signal) => {
      pauses.push(ms);
      await sleep(Math.min(ms, 3), signal);
    },
    openLifetime: async () => {
      const lifetime = new Lifetime({ ...QUIET, now: () => Date.parse('2026-11-29T09:00:00Z') });
      const release = lifetime.release.bind(lifetime);
      lifetime.release = async (id) => {
        released.push(id);
        await release(id);
      };
      return lifetime;
    },
    ...options,
  });
  const start = (changes: Partial<StartOptions> = {}) =>
    provider.start({ signal: new AbortController().signal, onProgress: () => {}, ...changes });
  return { provider, fleet, warnings, pauses, released, start };
}
