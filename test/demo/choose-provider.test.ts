import { expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { chooseDemoProvider } from '../../src/demo/choose-provider.js';

const config = configSchema.parse({});

test('what is asked for is taken', async () => {
  const { provider, why } = await chooseDemoProvider({ ...config, provider: 'sim' }, {});
  expect([provider.name, why]).toEqual(['sim', 'as configured']);
});

test('what is asked for and cannot work is an error with its fix, not another provider', async () => {
  const docker = { ...config.providers.docker, image: 'arpo-env-test-absent', qcow2: '/nonexistent.qcow2' };
  const asked = chooseDemoProvider(
    { ...config, provider: 'docker', providers: { ...config.providers, docker } },
    {},
  );
  await expect(asked).rejects.toMatchObject({ name: 'ArpoEnvError', fix: expect.stringMatching(/./) });
});

test('otherwise a real desktop, or the practice desktop with the reason', async () => {
  const { provider, why } = await chooseDemoProvider(config, {});
  // Which of the two depends on what is installed here.
  if (provider.name === 'local') expect(why).toBe('a real X desktop');
  else
    expect([provider.name, why]).toEqual(['sim', expect.stringMatching(/^the practice desktop, because ./)]);
});
