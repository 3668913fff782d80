/** Nothing is forgotten on a bill: env servers that die at every point of a launch, and what is left on EC2 (moto) afterwards. */
import * as sdk from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { TAGS } from '../../src/aws/fleet.js';
import { ownerName } from '../../src/host/owner.js';
import { type CliProcess, CliSandbox } from '../support/cli.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { type Hold, Moto } from '../support/moto.js';

interface Status {
  leftDesktops: { name: string }[];
  rented: { desktops: { name: string; server: number | null }[]; cost: number; hourlyPrice: number };
}

interface Report {
  checks: { id: string; status: string; seen: string }[];
}

describeWith('python3', 'the bill of desktops on EC2', () => {
  let moto: Moto;
  let config: string;

  beforeAll(async () => {
    moto = await Moto.start();
  });

  afterAll(() => moto[Symbol.asyncDispose]());

  beforeEach(async () => {
    await moto.reset();
    const { subnetId, groupId } = await moto.network();
    const aws = {
      ...{ subnetIds: [subnetId], securityGroupIds: [groupId] },
      schedulerRoleArn: 'arn:aws:iam::123456789012:role/ends-desktops',
    };
    config = JSON.stringify({ provider: 'aws', providers: { aws }, server: { port: 0 } });
  });

  const sandbox = () => new CliSandbox({ 'arpo-env.config.yaml': config }, moto.env);
  const serve = (it: CliSandbox) => it.start(['serve', '--prewarm']);

  /** An env server does the same with any provider: it looks for what dead ones left. */
  async function nextServe(it: CliSandbox): Promise<void> {
    const next = it.start(['serve', '--provider', 'sim']);
    await listening(next);
    await end(next, 'SIGTERM');
  }

  /** The limit only ends a test that fails: each server loads AWS's SDK. */
  const listening = (server: CliProcess) =>
    eventually(() => expect(server.stderr).toMatch(/listening on http/), 60_000);

  async function status(it: CliSandbox): Promise<Status> {
    return JSON.parse((await it.run(['status', '--json'])).stdout) as Status;
  }

  async function end(server: CliProcess, signal: NodeJS.Signals) {
    server.child.kill(signal);
    return server.waitForExit();
  }

  /** `stop`: it dies while it stops. `left`: whether an instance is left then. */
  const POINTS: readonly (Hold & { stop?: true; left: boolean })[] = [
    { action: 'RunInstances (dry)', when: 'before', left: false },
    { action: 'RunInstances', when: 'before', left: false },
    { action: 'RunInstances', when: 'late', left: true },
    { action: 'RunInstances', when: 'after', left: true },
    { action: 'CreateSchedule', when: 'before', left: true },
    { action: 'CreateSchedule', when: 'after', left: true },
    { action: 'DescribeInstances', when: 'before', nth: 2, left: true },
    { action: 'DescribeInstances', when: 'after', nth: 3, left: true },
    { action: 'TerminateInstances', when: 'before', stop: true, left: true },
    { action: 'TerminateInstances', when: 'after', stop: true, left: false },
    { action: 'DeleteSchedule', when: 'before', stop: true, left: false },
  ];

  it.each(POINTS.map((point) => [`${point.when} ${point.action}`, point] as const))(
    'a server that is killed: %s',
    async (_name, { stop, left, ...hold }) => {
      await using box = sandbox();
      const server = serve(box);
      if (stop) {
        await listening(server);
        const booting = moto.holdOne({ action: 'DescribeInstances', when: 'after', nth: 2 });
        await booting.held;
      }
      const point = moto.holdOne(hold);
      if (stop) server.child.kill('SIGTERM');
      await point.held;
      await end(server, 'SIGKILL');
      await point.letGo();

      const before = await moto.live();
      expect(before).toHaveLength(left ? 1 : 0);
      const owner = await ownerName();
      for (const { Tags = [] } of before)
        expect(Tags).toEqual(expect.arrayContaining([{ Key: TAGS.owner, Value: owner }]));
      expect((await status(box)).leftDesktops.map(({ name }) => name)).toEqual(
        before.map(({ InstanceId }) => InstanceId),
      );
      await nextServe(box);
      expect(await moto.live()).toEqual([]);
      expect((await status(box)).leftDesktops).toEqual([]);
    },
  );

  it('one that is interrupted in mid-launch ends what EC2 then gives it', async () => {
    await using box = sandbox();
    const server = serve(box);
    const launch = moto.holdOne({ action: 'RunInstances', when: 'slow' });
    await launch.held;
    server.child.kill('SIGINT');
    await launch.letGo();
    expect((await server.waitForExit()).exitCode).toBe(130);
    expect(await moto.live()).toEqual([]);
    expect(moto.asked).toContain('TerminateInstances');
  });

  it('status says what it costs, and AWS keeps its end until it is stopped', async () => {
    await using box = sandbox();
    const server = serve(box);
    await moto.holdOne({ action: 'DescribeInstances', when: 'slow', nth: 3 }).held;
    const [instance] = await moto.live();
    const { rented, leftDesktops } = await status(box);
    expect(rented.desktops).toMatchObject([{ name: instance?.InstanceId, server: server.child.pid }]);
    expect([rented.hourlyPrice, leftDesktops]).toEqual([0.1664, []]);
    expect(await moto.schedules()).toMatchObject([{ Name: `arpo-env-ttl-${instance?.InstanceId}` }]);
    await end(server, 'SIGTERM');
    expect([await moto.live(), await moto.schedules()]).toEqual([[], []]);
  });

  it('stop --all-desktops ends what is tagged as ours after a yes, and nothing of others', async () => {
    await using box = sandbox();
    const server = serve(box);
    await moto.holdOne({ action: 'DescribeInstances', when: 'slow', nth: 3 }).held;
    const mine = await launch(`${(await ownerName()).replace(/ .*/, '')} ba9876543210`);
    const theirs = await launch('other@vm.example 0123456789ab');
    const refused = await box.run(['stop', '--all-desktops']);
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain(mine);
    expect(await moto.live()).toHaveLength(3);
    const stopped = await box.run(['stop', '--all-desktops', '--yes']);
    expect(stopped.exitCode, stopped.stderr).toBe(0);
    expect(stopped.stderr).toContain(`desktop ${mine}: ended`);
    await server.waitForExit();
    expect((await moto.live()).map(({ InstanceId }) => InstanceId)).toEqual([theirs]);
  });

  it('the doctor ends what nobody has prolonged', async () => {
    await using box = sandbox();
    const forgotten = await launch(await ownerName(), new Date(Date.now() - 60_000));
    const kept = await launch('other@vm.example 0123456789ab', new Date(Date.now() + 3_600_000));
    const { stdout } = await box.run(['doctor', '--only', 'aws.forgotten', '--json', '--fix', '--yes']);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Report);
    const check = (report: Report | undefined) => report?.checks.find(({ id }) => id === 'aws.forgotten');
    expect(check(first)).toMatchObject({ status: 'warn', seen: expect.stringContaining(forgotten) });
    expect(check(second)).toMatchObject({ status: 'pass' });
    expect((await moto.live()).map(({ InstanceId }) => InstanceId)).toEqual([kept]);
  });

  /** By somebody's server that cannot be seen from here. */
  async function launch(owner: string, expires?: Date): Promise<string> {
    const Tags = [
      { Key: TAGS.owner, Value: owner },
      ...(expires ? [{ Key: TAGS.expires, Value: expires.toISOString() }] : []),
    ];
    const { Instances = [] } = await moto.ec2.send(
      new sdk.RunInstancesCommand({
        ...{ ImageId: 'ami-0d23263edb96951d8', MinCount: 1, MaxCount: 1, InstanceType: 't3.xlarge' },
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
      }),
    );
    return Instances[0]?.InstanceId ?? '';
  }
});
