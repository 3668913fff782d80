import { z } from 'zod';
import { httpUrl, port, text } from '../fields.js';
import { SSH_HOST_PATTERN } from './tunnel.js';

/** The training side: login or head node, Ray, the trainer. Paths here are the cluster's. */
export const clusterSchema = z.strictObject({
  host: text('an SSH host such as deepx or user@cluster.example:22', SSH_HOST_PATTERN)
    .optional()
    .describe('SSH host of the cluster. Unset: tunnel.host.'),
  envUrl: httpUrl('http://127.0.0.1:15001')
    .optional()
    .describe("The trainer's env.remote_server_url. Unset: the tunnel's end on the cluster."),
  repo: text('a path on the cluster').optional().describe("The trainer's clone on the cluster."),
  trainingConfig: text('a path within the clone')
    .prefault('configs/smoke_remote_env_tunnel.yaml')
    .describe("The trainer's config, within its clone."),
  condaEnv: text('the name of a conda environment')
    .prefault('arpo')
    .describe('Conda environment of the trainer.'),
  rayPort: port().prefault(2468).describe("Port of Ray's head."),
});
