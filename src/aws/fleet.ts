/** A fleet of EC2 instances that are ours by their tags: launched, looked at and terminated. A test puts a double here. */

/** Every instance and volume that we launch bears these from its first moment: RunInstances sets them itself. */
export const TAGS = {
  /** User and machine of the server, as `ownerName()` has them. */
  owner: 'arpo-env:owner',
  /** Process of the server: `serverTag()`. */
  server: 'arpo-env:server',
  /** Name of the launch that made it; one launch may be several desktops. */
  env: 'arpo-env:env',
  /** When it may be terminated by whoever sees it: an ISO time, UTC. */
  expires: 'arpo-env:expires',
  name: 'Name',
} as const;

export type Tags = Readonly<Record<string, string>>;

export type Market = 'on-demand' | 'spot';

/** `stopping` and `stopped` are never ours: our instances terminate when they shut down. */
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** States in which an instance is, or soon will be, on the bill. */
export const LIVE_STATES: readonly InstanceState[] = ['pending', 'running', 'stopping', 'stopped'];

export interface FleetInstance {
  /** `i-0123456789abcdef0`. */
  id: string;
  state: InstanceState;
  /** Why it is in that state, in EC2's words, e.g. `Server.SpotInstanceTermination: …`; null when it says nothing. */
  stateReason: string | null;
  /** `t3.xlarge`. */
  type: string;
  /** `us-east-1a`. */
  zone: string | null;
  subnetId: string | null;
  market: Market;
  launchedAt: Date | null;
  privateIp: string | null;
  publicIp: string | null;
  tags: Tags;
}

export interface LaunchRequest {
  /** At most 64 ASCII characters. The same request with the same token launches once, however often it is sent. */
  clientToken: string;
  /** Instances wanted; at least one comes, or none with an error. */
  count: number;
  /** `ami-…`. */
  imageId: string;
  type: string;
  subnetId: string;
  groupIds: readonly string[];
  market: Market;
  /** An address that the internet reaches, beside the private one. */
  publicAddress: boolean;
  /** Set on instances and volumes. */
  tags: Tags;
}

/** All that are given must hold. */
export interface InstanceFilter {
  ids?: readonly string[];
  /** Null: the tag with whatever value. */
  tags?: Readonly<Record<string, string | null>>;
  clientToken?: string;
  states?: readonly InstanceState[];
}

/** `ok`, `impaired`, `initializing`, `insufficient-data` or `not-applicable` each. */
export interface StatusChecks {
  system: string;
  instance: string;
}

/** Every call throws EC2's or the SDK's own error, named as in EC2's API reference; `awsError` puts it into our words. */
export interface Fleet {
  readonly region: string;
  launch(request: LaunchRequest, signal: AbortSignal): Promise<FleetInstance[]>;
  /** Whether `launch` would be let: a dry run. Throws what would keep it, permissions first. */
  tryLaunch(request: LaunchRequest, signal: AbortSignal): Promise<void>;
  /** Throws UnauthorizedOperation where we may not. */
  tryTerminate(signal: AbortSignal): Promise<void>;
  /** Resolves when EC2 has taken it, not when they have ended. Ids that EC2 does not know, or no longer, are fine. */
  terminate(ids: readonly string[], signal: AbortSignal): Promise<void>;
  find(filter: InstanceFilter, signal: AbortSignal): Promise<FleetInstance[]>;
  setTags(ids: readonly string[], tags: Tags, signal: AbortSignal): Promise<void>;
  /** What its serial console has said, up to 64 KB; empty when EC2 has none yet. */
  consoleOutput(id: string, signal: AbortSignal): Promise<string>;
  /** Null as long as there is none: it has not begun to run, or has ended. */
  statusChecks(id: string, signal: AbortSignal): Promise<StatusChecks | null>;
}
