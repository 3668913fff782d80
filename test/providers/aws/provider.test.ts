import { describe, expect, test, vi } from 'vitest';
import { LIVE_STATES, TAGS } from '../../../src/aws/fleet.js';
import { serverOf } from '../../../src/aws/owner.js';
import { identifyProcess } from '../../../src/host/process.js';
import type { Desktop } from '../../../src/providers/provider.js';
import { fakeCloud } from '../../support/fake-cloud.js';
import { ec2Error } from '../../support/fake-fleet.js';

describe('a desktop on EC2', () => {
  test('is an instance of ours from its first moment, reached at its private address', async () => {
    const { start, fleet, released } = fakeCloud();
    const phases: string[] = [];
    const desktop = await start({ onProgress: ({ phase }) => phases.push(phase) });
    const [launch] = fleet.launches;
    expect(launch).toMatchObject({
      ...{ count: 1, imageId: 'ami-0d23263edb96951d8', type: 't3.xlarge', subnetId: 'subnet-1' },
      ...{ groupIds: ['sg-1'], market: 'on-demand', publicAddress: false },
    });
    const tags = launch?.tags ?? {};
    expect(serverOf(tags)).toEqual(await identifyProcess(process.pid));
    expect(tags[TAGS.owner]).toMatch(/^\S+@\S+ [0-9a-f]{12}$/);
    expect(tags[TAGS.expires]).toBe('2026-11-29T12:00:00.000Z');
    expect(tags[TAGS.name]).toBe(tags[TAGS.env]);
    expect(desktop.id).toBe(fleet.instances[0]?.id);
    expect(desktop.endpoints).toEqual({
      agent: new URL('http://10.0.0.10:5000/'),
      cdp: new URL('http://10.0.0.10:9222/'),
      watch: new URL('http://10.0.0.10:5910/vnc.html'),
      vlc: new URL('http://10.0.0.10:8080/'),
    });
    expect(phases).toContain('launching an instance');

    expect(await desktop.restore({ signal: new AbortController().signal })).toBe('replaced');
    expect(fleet.live).toHaveLength(1);
    await Promise.all([desktop[Symbol.asyncDispose](), desktop[Symbol.asyncDispose]()]);
    expect(fleet.live).toEqual([]);
    expect(fleet.calls.filter((call) => call === 'terminate')).toHaveLength(1);
    expect(released).toEqual([desktop.id]);
  });

  test('has a public address where that is asked for, once EC2 has given it', async () => {
    const { start, fleet } = fakeCloud({ address: 'public' });
    fleet.address = () => '10.0.0.9';
    const launch = fleet.launch.bind(fleet);
    fleet.launch = async (request, signal) =>
      (await launch(request, signal)).map((instance) => ({ ...instance, publicIp: null }));
    await using desktop = await start();
    expect(fleet.launches[0]?.publicAddress).toBe(true);
    expect(desktop.endpoints.agent.hostname).toBe('203.0.113.9');
  });

  test('says in its log what the console said and what EC2 thinks of it', async () => {
    const { start, fleet } = fakeCloud();
    await using desktop = await start();
    fleet.console = 'GRUB\nKernel panic - not syncing: VFS';
    fleet.checks = { system: 'ok', instance: 'impaired' };
    expect(await desktop.logs(2)).toBe(
      `Kernel panic - not syncing: VFS\n(${desktop.id} is running; system status check ok, instance status check impaired)`,
    );
    expect(await desktop.logs(0)).toBe('');
    fleet.fault = (call) =>
      call === 'consoleOutput' ? ec2Error('UnauthorizedOperation', 'You are not authorized') : null;
    expect(await desktop.logs(9)).toContain('(no console output: You are not authorized)');
  });

  test.each([
    ['Server.SpotInstanceTermination: Spot instance termination', 'EC2 took the spot instance back'],
    ['Client.UserInitiatedShutdown: User initiated shutdown', 'somebody shut it down or terminated it'],
    ['Client.InternalError: Client error on launch', 'EC2 could not encrypt its disk'],
  ])('that ends by itself is gone, with the reason: %s', async (reason, words) => {
    const { start, fleet } = fakeCloud();
    await using desktop = await start();
    await using other = await start();
    fleet.end(desktop.id, reason);
    await vi.waitFor(() => expect(desktop.gone?.aborted).toBe(true));
    expect(desktop.gone?.reason).toMatchObject({
      code: 'E_BOOT_FAILED',
      message: `instance ${desktop.id} (t3.xlarge in us-east-1a) is terminated: ${words} (${reason})`,
    });
    expect(other.gone?.aborted).toBe(false);
  });

  test('that EC2 does not list for a moment is not gone', async () => {
    const { start, fleet } = fakeCloud();
    await using desktop = await start();
    let looks = 0;
    let isListed = (look: number) => look > 3;
    const find = fleet.find.bind(fleet);
    fleet.find = async (...asked: Parameters<typeof find>) => {
      const found = await find(...asked);
      looks += 1;
      return isListed(looks) ? found : [];
    };
    await vi.waitFor(() => expect(looks).toBeGreaterThan(6));
    expect(desktop.gone?.aborted).toBe(false);
    isListed = () => false;
    await vi.waitFor(() => expect(desktop.gone?.aborted).toBe(true));
  });
});

describe('launches', () => {
  const ids = (desktops: readonly Desktop[]) => new Set(desktops.map(({ id }) => id));

  test('that are asked for together are one request, and end with one', async () => {
    const { start, fleet } = fakeCloud();
    const desktops = await Promise.all(Array.from({ length: 100 }, () => start()));
    expect(ids(desktops).size).toBe(100);
    expect(new Set(desktops.map(({ endpoints }) => endpoints.agent.host)).size).toBe(100);
    expect(fleet.launches.map(({ count }) => count)).toEqual([100]);
    await Promise.all(desktops.map((desktop) => desktop[Symbol.asyncDispose]()));
    expect(fleet.live).toEqual([]);
    expect(fleet.calls.filter((call) => call === 'terminate').length).toBeLessThanOrEqual(2);
  });

  test('that come in part are asked for again', async () => {
    const { start, fleet } = fakeCloud();
    fleet.capacity = ({ count }) => Math.min(count, 3);
    const desktops = await Promise.all(Array.from({ length: 7 }, () => start()));
    expect(ids(desktops).size).toBe(7);
    expect(fleet.live).toHaveLength(7);
  });

  test('try types and subnets in order', async () => {
    const types = ['t3.xlarge', 'm5.xlarge'];
    const { start, fleet } = fakeCloud({ instanceTypes: types, subnetIds: ['subnet-1', 'subnet-2'] });
    fleet.capacity = ({ type, subnetId }) => (type === 'm5.xlarge' && subnetId === 'subnet-2' ? 9 : 0);
    await using desktop = await start();
    expect(fleet.launches.map(({ type, subnetId }) => `${type} ${subnetId}`)).toEqual([
      ...['t3.xlarge subnet-1', 't3.xlarge subnet-2', 'm5.xlarge subnet-1', 'm5.xlarge subnet-2'],
    ]);
    expect(new Set(fleet.launches.map(({ clientToken }) => clientToken)).size).toBe(4);
    expect(desktop.id).toBe(fleet.live[0]?.id);
  });

  test('wait together when EC2 wants fewer requests, with growing pauses, under one token', async () => {
    const { start, fleet, pauses } = fakeCloud();
    let refusals = 5;
    fleet.fault = (call) => (call === 'launch' && refusals-- > 0 ? ec2Error('RequestLimitExceeded') : null);
    const desktops = await Promise.all([start(), start(), start()]);
    expect(ids(desktops).size).toBe(3);
    const long = pauses.filter((ms) => ms >= 500 && ms !== 5000);
    expect(long).toHaveLength(5);
    expect(long[4]).toBeGreaterThan(long[0] ?? 0);
    await Promise.all(desktops.map((desktop) => desktop[Symbol.asyncDispose]()));
  });

  test.each([
    ['RequestLimitExceeded', 'E_AWS_THROTTLED'],
    ['InsufficientInstanceCapacity', 'E_AWS_CAPACITY'],
    ['VcpuLimitExceeded', 'E_AWS_QUOTA'],
    ['UnauthorizedOperation', 'E_AWS_PERMISSION'],
    ['InvalidAMIID.NotFound', 'E_AWS_SETTINGS'],
  ])('that fail with %s fail with %s', async (name, code) => {
    const { start, fleet } = fakeCloud();
    fleet.fault = (call) => (call === 'launch' ? ec2Error(name) : null);
    await expect(start()).rejects.toMatchObject({ code });
    expect(fleet.live).toEqual([]);
  });
});

describe('an answer that is lost', () => {
  const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

  test('is asked for again, and launches nothing twice', async () => {
    const { start, fleet } = fakeCloud();
    let times = 2;
    fleet.lostAnswer = () => (times-- > 0 ? lost() : null);
    await using desktop = await start();
    expect(fleet.instances.map(({ id }) => id)).toEqual([desktop.id]);
    expect(new Set(fleet.launches.map(({ clientToken }) => clientToken)).size).toBe(1);
  });

  test('for good is looked for by its token', async () => {
    const { start, fleet } = fakeCloud();
    fleet.lostAnswer = lost;
    await using desktop = await start();
    expect(fleet.instances.map(({ id }) => id)).toEqual([desktop.id]);
  });

  test('and nobody waits for it any more: what was launched is terminated', async () => {
    const { start, fleet } = fakeCloud();
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    fleet.lostAnswer = () => {
      cancel.abort(reason);
      return lost();
    };
    await expect(start({ signal: cancel.signal })).rejects.toBe(reason);
    expect(fleet.instances).toHaveLength(1);
    expect(fleet.live).toEqual([]);
  });
});

describe('a start that is cancelled', () => {
  const reason = new Error('cancelled');

  test('while EC2 launches it is terminated, and those beside it stay', async () => {
    const { start, fleet } = fakeCloud();
    const cancel = new AbortController();
    fleet.lostAnswer = () => {
      cancel.abort(reason);
      return null;
    };
    const [left, ...kept] = await Promise.allSettled([start({ signal: cancel.signal }), start(), start()]);
    expect(left).toEqual({ status: 'rejected', reason });
    expect(kept.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(fleet.instances).toHaveLength(3);
    expect(fleet.live).toHaveLength(2);
  });

  test('while EC2 wants fewer requests waits no longer', async () => {
    const { start, fleet } = fakeCloud();
    const cancel = new AbortController();
    fleet.fault = (call) => {
      if (call === 'launch') cancel.abort(reason);
      return call === 'launch' ? ec2Error('RequestLimitExceeded') : null;
    };
    await expect(start({ signal: cancel.signal })).rejects.toBe(reason);
    expect(fleet.instances).toEqual([]);
    expect(fleet.calls.filter((call) => call === 'launch')).toHaveLength(1);
  });

  test('while it waits for its public address is terminated', async () => {
    const { start, fleet } = fakeCloud({ address: 'public' });
    const cancel = new AbortController();
    fleet.fault = (call) => {
      for (const instance of fleet.instances) instance.publicIp = null;
      if (call === 'find') cancel.abort(reason);
      return null;
    };
    const launch = fleet.launch.bind(fleet);
    fleet.launch = async (request, signal) =>
      (await launch(request, signal)).map((instance) => ({ ...instance, publicIp: null }));
    await expect(start({ signal: cancel.signal })).rejects.toBe(reason);
    expect(fleet.instances).toHaveLength(1);
    expect(fleet.instances.filter(({ state }) => LIVE_STATES.includes(state))).toEqual([]);
  });
});

test('of many that are wanted at once, as many come as the quota admits, and the others hear of it', async () => {
  const { start, fleet } = fakeCloud();
  const launch = fleet.launch.bind(fleet);
  fleet.launch = async (request, signal) => {
    if (fleet.live.length + request.count > 5) throw ec2Error('VcpuLimitExceeded');
    return launch(request, signal);
  };
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => start()));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  expect(fleet.live).toHaveLength(5);
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(refused.map(({ code }) => code)).toEqual(['E_AWS_QUOTA', 'E_AWS_QUOTA', 'E_AWS_QUOTA']);
});

test('a desktop that EC2 does not end at once is tried again, and an error when it never does', async () => {
  const { start, fleet } = fakeCloud();
  const [first, second] = await Promise.all([start(), start()]);
  let refusals = 3;
  fleet.fault = (call) => (call === 'terminate' && refusals-- > 0 ? ec2Error('RequestLimitExceeded') : null);
  await first[Symbol.asyncDispose]();
  expect(fleet.live.map(({ id }) => id)).toEqual([second.id]);
  fleet.fault = (call) => (call === 'terminate' ? ec2Error('UnauthorizedOperation') : null);
  await expect(second[Symbol.asyncDispose]()).rejects.toMatchObject({
    code: 'E_AWS_PERMISSION',
    message: expect.stringContaining(`could not terminate ${second.id} in us-east-1`),
  });
  // It is not forgotten: the next that ends takes it along.
  const third = await start();
  fleet.fault = () => null;
  await third[Symbol.asyncDispose]();
  expect(fleet.live).toEqual([]);
});

describe('preflight', () => {
  test('has nothing to say where all is well, and launches nothing', async () => {
    const { provider, fleet } = fakeCloud();
    expect(await provider.preflight()).toEqual([]);
    expect(fleet.calls.sort()).toEqual(['find', 'tryLaunch', 'tryTerminate']);
    expect(fleet.instances).toEqual([]);
  });

  test('names each permission that is missing, with the policy', async () => {
    const { provider, fleet } = fakeCloud();
    const words =
      'You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/arpo/i-1 is not authorized to perform: ec2:TerminateInstances';
    fleet.fault = (call) => (call === 'tryTerminate' ? ec2Error('UnauthorizedOperation', words) : null);
    const [problem, ...others] = await provider.preflight();
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: 'E_AWS_PERMISSION',
      fix: expect.stringMatching(
        /^aws iam put-role-policy --role-name arpo --policy-name arpo-env --policy-document '\{"Version":.*"ec2:TerminateInstances".*\}'$/,
      ),
    });
    expect(problem?.message).toMatch(
      /^could not terminate a desktop in us-east-1: not allowed: ec2:TerminateInstances \(/,
    );
  });

  test('says once that there are no credentials', async () => {
    const { provider, fleet } = fakeCloud();
    fleet.fault = () => ec2Error('CredentialsProviderError', 'Could not load credentials from any providers');
    expect(await provider.preflight()).toMatchObject([{ code: 'E_AWS_CREDENTIALS' }]);
  });
});
