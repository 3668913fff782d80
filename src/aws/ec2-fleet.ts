/** The fleet through AWS's SDK. */
import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { loadEc2 } from './client.js';
import type { Fleet, FleetInstance, InstanceFilter, InstanceState, LaunchRequest, Tags } from './fleet.js';

/** EC2's limit for the values of one filter. */
const VALUES_PER_FILTER = 200;

/** Of OSWorld's own instances (providers.md §4). */
const VOLUME = { VolumeType: 'gp3', VolumeSize: 30, Iops: 4000, Throughput: 1000 } as const;

export async function openFleet(region: string): Promise<Fleet> {
  // A lost answer is asked for again by the SDK; what is throttled waits longer, for all desktops together (see the provider).
  const { sdk, client } = await loadEc2(region, { maxAttempts: 3 });

  async function ended(dryRun: Promise<unknown>): Promise<void> {
    await dryRun.catch((error: Error) => {
      if (error.name !== 'DryRunOperation') throw error;
    });
  }

  const fleet: Fleet = {
    region,
    async launch(request, abortSignal) {
      const { Instances = [] } = await client.send(new sdk.RunInstancesCommand(inputOf(request)), {
        abortSignal,
      });
      return Instances.map(instanceOf);
    },
    tryLaunch(request, abortSignal) {
      const input = { ...inputOf(request), DryRun: true };
      return ended(client.send(new sdk.RunInstancesCommand(input), { abortSignal }));
    },
    tryTerminate(abortSignal) {
      // Permissions are judged before it is found that no instance has this id.
      const input = { InstanceIds: ['i-00000000000000000'], DryRun: true };
      const dryRun = client.send(new sdk.TerminateInstancesCommand(input), { abortSignal });
      return ended(dryRun.catch(forgiveUnknown));
    },
    async terminate(ids, abortSignal) {
      if (ids.length === 0) return;
      try {
        await client.send(new sdk.TerminateInstancesCommand({ InstanceIds: [...ids] }), { abortSignal });
      } catch (error) {
        if ((error as Error).name !== UNKNOWN) throw error;
        // One that is unknown keeps EC2 from ending the others.
        if (ids.length > 1) for (const id of ids) await fleet.terminate([id], abortSignal);
      }
    },
    async find(filter, abortSignal) {
      const found: FleetInstance[] = [];
      for (const ids of chunks(filter.ids)) {
        const Filters = filtersOf({ ...filter, ...(ids === undefined ? {} : { ids }) });
        const pages = sdk.paginateDescribeInstances(
          { client },
          { Filters, MaxResults: 1000 },
          { abortSignal },
        );
        for await (const { Reservations = [] } of pages) {
          found.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(instanceOf)));
        }
      }
      return found;
    },
    async setTags(ids, tags, abortSignal) {
      if (ids.length === 0) return;
      const input = { Resources: [...ids], Tags: tagsOf(tags) };
      await client.send(new sdk.CreateTagsCommand(input), { abortSignal });
    },
    async consoleOutput(InstanceId, abortSignal) {
      // `Latest` is for Nitro instances alone (EC2 API reference, GetConsoleOutput).
      const ask = (Latest: boolean) =>
        client.send(new sdk.GetConsoleOutputCommand({ InstanceId, Latest }), { abortSignal });
      const { Output } = await ask(true).catch((error: Error) => {
        if (error.name !== 'UnsupportedOperation') throw error;
        return ask(false);
      });
      return Buffer.from(Output ?? '', 'base64').toString('utf8');
    },
    async statusChecks(id, abortSignal) {
      const { InstanceStatuses = [] } = await client.send(
        new sdk.DescribeInstanceStatusCommand({ InstanceIds: [id] }),
        { abortSignal },
      );
      const [status] = InstanceStatuses;
      if (status === undefined) return null;
      const { SystemStatus, InstanceStatus } = status;
      return { system: SystemStatus?.Status ?? 'unknown', instance: InstanceStatus?.Status ?? 'unknown' };
    },
  };
  return fleet;
}

const UNKNOWN = 'InvalidInstanceID.NotFound';

function forgiveUnknown(error: Error): void {
  if (error.name !== UNKNOWN) throw error;
}

function inputOf(request: LaunchRequest): RunInstancesCommandInput {
  const Tags = tagsOf(request.tags);
  return {
    ClientToken: request.clientToken,
    MinCount: 1,
    MaxCount: request.count,
    ImageId: request.imageId,
    InstanceType: request.type as NonNullable<RunInstancesCommandInput['InstanceType']>,
    EbsOptimized: true,
    InstanceInitiatedShutdownBehavior: 'terminate',
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: request.subnetId,
        Groups: [...request.groupIds],
        AssociatePublicIpAddress: request.publicAddress,
        DeleteOnTermination: true,
      },
    ],
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda1', Ebs: { ...VOLUME, Encrypted: true, DeleteOnTermination: true } },
    ],
    ...(request.market === 'spot'
      ? {
          InstanceMarketOptions: {
            MarketType: 'spot',
            SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
          },
        }
      : {}),
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
    ],
  };
}

function tagsOf(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function filtersOf({ ids, tags = {}, clientToken, states }: InstanceFilter) {
  const filters = [
    { Name: 'instance-id', Values: ids },
    { Name: 'client-token', Values: clientToken === undefined ? undefined : [clientToken] },
    { Name: 'instance-state-name', Values: states },
    ...Object.entries(tags).map(([key, value]) =>
      value === null ? { Name: 'tag-key', Values: [key] } : { Name: `tag:${key}`, Values: [value] },
    ),
  ];
  return filters.flatMap(({ Name, Values }) =>
    Values === undefined ? [] : [{ Name, Values: Values.map(literal) }],
  );
}

/** EC2 reads `*`, `?` and `\` of a filter's values as patterns. */
function literal(value: string): string {
  return value.replace(/[*?\\]/g, '\\$&');
}

/** Without ids one request that names none; with an empty list none at all. */
function chunks(ids: readonly string[] | undefined): (readonly string[] | undefined)[] {
  if (ids === undefined) return [undefined];
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += VALUES_PER_FILTER)
    parts.push(ids.slice(at, at + VALUES_PER_FILTER));
  return parts;
}

function instanceOf(instance: Instance): FleetInstance {
  const { StateReason: reason, Tags = [] } = instance;
  return {
    id: instance.InstanceId ?? '',
    state: (instance.State?.Name ?? 'pending') as InstanceState,
    stateReason: reason?.Message || reason?.Code || instance.StateTransitionReason || null,
    type: instance.InstanceType ?? '',
    zone: instance.Placement?.AvailabilityZone ?? null,
    subnetId: instance.SubnetId ?? null,
    market: instance.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    launchedAt: instance.LaunchTime ?? null,
    privateIp: instance.PrivateIpAddress || null,
    publicIp: instance.PublicIpAddress || null,
    tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}
