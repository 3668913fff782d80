/** What looks are made from. */
import type { Aws } from '../aws/aws.js';
import type { Config } from '../config/schema.js';
import type { Host } from '../host/host.js';
import type { Own } from './own.js';
import type { Role } from './role.js';
import type { Topology } from './topology.js';

export interface LookOptions {
  machine: Host;
  own: Own;
  aws: Aws;
  config: Config;
  role: Role;
  topology: Topology;
  /** `ssh -F`. */
  sshConfig: string | undefined;
  signal: AbortSignal;
}
