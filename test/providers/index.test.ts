import { expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { createProvider } from '../../src/providers/index.js';

const config = configSchema.parse({ screen: { width: 1280, height: 720 } });

test('sim on request, with the configured screen', async () => {
  const { provider, why } = await createProvider({ ...config, provider: 'sim' });
  expect(provider.name).toBe('sim');
  expect(why).toBe('as configured');
  await using desktop = await provider.start({ signal: new AbortController().signal, onProgress: () => {} });
  const response = await fetch(new URL('screen_size', desktop.endpoints.agent), { method: 'POST' });
  expect(await response.json()).toEqual(config.screen);
});

test.each(['remote'] as const)('%s is not in this version', async (provider) => {
  await expect(createProvider({ ...config, provider })).rejects.toMatchObject({
    code: 'E_PROVIDER_UNAVAILABLE',
    message: expect.stringContaining(`does not include the provider ${provider}; it has: `),
    fix: 'choose one of these, or let arpo-env choose: --provider auto',
  });
});
