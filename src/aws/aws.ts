/** What we ask of AWS from this machine: its own metadata, and EC2. */
import type { Ec2 } from './cloud-facts.js';
import type { Fleet } from './fleet.js';
import { type InstanceMetadata, readInstanceMetadata } from './instance-metadata.js';

/** A test puts a double here. */
export interface Aws {
  open(region: string): Promise<Ec2>;
  openFleet(region: string): Promise<Fleet>;
  /** Of an EC2 instance; null elsewhere. */
  metadata(signal: AbortSignal): Promise<InstanceMetadata | null>;
}

export function localAws(env: Readonly<Record<string, string | undefined>>): Aws {
  return {
    open: async (region) => (await import('./ec2.js')).openEc2(region),
    openFleet: async (region) => (await import('./ec2-fleet.js')).openFleet(region),
    metadata: (signal) => readInstanceMetadata(env, signal),
  };
}
