/** The aws provider over EC2's API on loopback: the contract, a hundred desktops, and what fails. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { AwsProvider } from '../../src/providers/aws/provider.js';
import type { Desktop } from '../../src/providers/provider.js';
import { describeProviderContract } from '../providers/contract.js';
import { describeWith } from '../support/components.js';
import { type MotoMachines, startMoto } from '../support/moto-machines.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const TIMEOUT_MS = 90_000;
const quiet = () => ({ signal: new AbortController().signal, onProgress: () => {} });

async function inCloud<T>(
  use: (cloud: MotoMachines, provider: () => AwsProvider) => Promise<T>,
  options?: Parameters<typeof startMoto>[0],
): Promise<T> {
  await using cloud = await startMoto(options);
  using state = new TemporaryFolder();
  const env = { ...process.env, ...cloud.env, ARPO_ENV_STATE_DIR: state.path };
  for (const [name, value] of Object.entries(cloud.env)) vi.stubEnv(name, value);
  try {
    return await use(cloud, () => new AwsProvider({ ...settings(cloud.env), env }));
  } finally {
    vi.unstubAllEnvs();
  }
}

function settings(env: Record<string, string>) {
  const aws = {
    ...{ region: env.AWS_REGION, subnetIds: env.AWS_SUBNET_ID, securityGroupIds: env.AWS_SECURITY_GROUP_ID },
    ami: env.ARPO_ENV_PROVIDERS_AWS_AMI,
  };
  const config = configSchema.parse({ provider: 'aws', providers: { aws } });
  return { ...config.providers.aws, screen: config.screen };
}

describeWith('python3', 'the provider contract on EC2', () => {
  let cloud: MotoMachines;
  let provider: AwsProvider;
  const state = new TemporaryFolder();

  beforeAll(async () => {
    cloud = await startMoto();
    for (const [name, value] of Object.entries(cloud.env)) vi.stubEnv(name, value);
    const env = { ...process.env, ARPO_ENV_STATE_DIR: state.path };
    provider = new AwsProvider({ ...settings(cloud.env), env });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await cloud[Symbol.asyncDispose]();
    state[Symbol.dispose]();
  });

  describeProviderContract('aws', {
    provider: () => provider,
    ready: ({ endpoints }) => waitUntilReady(endpoints, { budgetMs: 30_000, signal: quiet().signal }),
    crash: ({ endpoints }) => cloud.crash(endpoints.agent.hostname),
    leftovers: () => cloud.live(),
    cannotPause: true,
    timeoutMs: TIMEOUT_MS,
  });
});

describeWith('python3', 'a hundred desktops on EC2', () => {
  test('none is lost, none is there twice, and each costs little of our time', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await inCloud(
      async (cloud, make) => {
        const provider = make();
        await (await provider.start(quiet()))[Symbol.asyncDispose](); // the SDK is loaded
        const before = process.cpuUsage();
        const desktops = await Promise.all(Array.from({ length: 100 }, () => provider.start(quiet())));
        const { user, system } = process.cpuUsage(before);
        const cpuMs = (user + system) / 1000 / desktops.length;
        expect(new Set(desktops.map(({ id }) => id)).size).toBe(100);
        expect(await cloud.live()).toEqual(desktops.map(({ id }) => id).sort());
        await Promise.all(desktops.map((desktop: Desktop) => desktop[Symbol.asyncDispose]()));
        expect(await cloud.live()).toEqual([]);
        expect(cloud.requests.filter((name) => name === 'RunInstances').length).toBeLessThanOrEqual(4);
        console.info(`100 desktops: ${cpuMs.toFixed(2)} ms of CPU each, the door before moto included`);
        expect(cpuMs).toBeLessThan(10);
      },
      { machines: false },
    );
  });
});

describeWith('python3', 'what fails on EC2', () => {
  test('is one line with its fix, and leaves nothing', { timeout: TIMEOUT_MS }, async () => {
    const faults = [
      ['UnauthorizedOperation', 403, 'E_AWS_PERMISSION'],
      ['InsufficientInstanceCapacity', 500, 'E_AWS_CAPACITY'],
      ['VcpuLimitExceeded', 400, 'E_AWS_QUOTA'],
      ['InvalidSubnetID.NotFound', 400, 'E_AWS_SETTINGS'],
      ['AuthFailure', 401, 'E_AWS_CREDENTIALS'],
    ] as const;
    await inCloud(
      async (cloud, make) => {
        for (const [name, status, code] of faults) {
          const answer = { status, code: name, message: 'as EC2 says' };
          cloud.fault = (action) => (action === 'RunInstances' ? answer : null);
          await expect(make().start(quiet())).rejects.toMatchObject({
            code,
            message: expect.stringMatching(/^[^\n]+$/),
            fix: expect.stringMatching(/^[^\n]+$/),
          });
        }
        expect(await cloud.live()).toEqual([]);
      },
      { machines: false },
    );
  });
});
