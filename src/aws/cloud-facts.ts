/** EC2's side of the chain, in the few shapes that checks ask about. */

export interface Ec2Instance {
  id: string;
  state: string;
  publicIp: string | null;
  privateIp: string | null;
  vpcId: string | null;
  subnetId: string | null;
  groupIds: string[];
}

export interface IngressRule {
  /** `tcp`, `udp`, `-1` for all … */
  protocol: string;
  fromPort: number;
  toPort: number;
  /** IPv4 and IPv6 ranges. */
  cidrs: string[];
  prefixListIds: string[];
  groupIds: string[];
}

export interface SecurityGroup {
  id: string;
  name: string;
  ingress: IngressRule[];
}

export interface AclEntry {
  number: number;
  egress: boolean;
  allow: boolean;
  /** `6` is tcp, `-1` all. */
  protocol: string;
  cidr: string;
  fromPort: number;
  toPort: number;
}

export interface Route {
  cidr: string;
  /** `igw-…`, `nat-…`, `local` …; null for a black hole. */
  target: string | null;
}

/** `denied`: in EC2's words, which mostly say who asked. */
export type MayRun = 'allowed' | 'unknown' | { denied: string };

/** What is asked of EC2; a test puts a double here. */
export interface Ec2 {
  instances(by: { id: string } | { address: string }): Promise<Ec2Instance[]>;
  groups(ids: readonly string[]): Promise<SecurityGroup[]>;
  /** VPC of a subnet; null when there is no such subnet. */
  vpcOf(subnetId: string): Promise<string | null>;
  aclEntries(subnetId: string): Promise<AclEntry[]>;
  /** Of the subnet's own table, else of its VPC's main one. */
  routes(subnetId: string, vpcId: string): Promise<Route[]>;
  prefixList(id: string): Promise<string[]>;
  /** A dry run of what the provider does. */
  mayRunInstances(subnetId: string, groupId: string): Promise<MayRun>;
  /** Adds a rule for TCP. `source`: a network such as 198.51.100.7/32, or a security group, `sg-…`. */
  authorize(groupId: string, port: number, source: string): Promise<void>;
}

export interface CloudFacts {
  region: string;
  /** The env machine; null when EC2 knows none by that id or address. */
  server: Ec2Instance | null;
  /** How it was looked for, e.g. `i-0123` or `198.51.100.7`. */
  lookedFor: string | null;
  groups: SecurityGroup[];
  acl: AclEntry[];
  routes: Route[];
  /** Id → ranges, of every list that a rule names. */
  prefixLists: ReadonlyMap<string, readonly string[]>;
  /** Addresses by which the cluster may come; empty when it is not known. */
  clusterAddresses: string[];
  /** Security groups of the cluster, when it is on EC2 too. */
  clusterGroups: string[];
  desktops: DesktopNetwork | null;
  ec2: Ec2;
}

/** Of the aws provider. */
export interface DesktopNetwork {
  subnetId: string;
  /** Null when there is no such subnet. */
  vpcId: string | null;
  group: SecurityGroup | null;
  groupId: string;
  mayRun: MayRun;
}

export type CloudLook =
  | { kind: 'none'; why: string }
  | { kind: 'no-region' }
  | { kind: 'no-credentials' | 'bad-credentials' | 'denied' | 'failed'; words: string }
  | { kind: 'facts'; facts: CloudFacts };

export interface Source {
  /** Empty: not known. */
  addresses: readonly string[];
  groups: readonly string[];
}
