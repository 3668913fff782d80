import { z } from 'zod';
import { bindAddress, boolean, choice, duration, httpUrl, integer, list, path, text } from '../fields.js';

/** An alias of `~/.ssh/config`, `host`, or `user@host`; never something that ssh would take for an option. */
export const SSH_HOST_PATTERN = /^[^-\s]\S*$/;

/** `arpo-env tunnel`: cluster 127.0.0.1:15001 → env server 127.0.0.1:18082. */
export const tunnelSchema = z.strictObject({
  host: text('an SSH host such as deepx or user@cluster.example:22', SSH_HOST_PATTERN)
    .optional()
    .describe('The cluster: an alias of ~/.ssh/config or user@host[:port].'),
  remotePort: integer(0, 65_535)
    .prefault(15001)
    .describe('Port on the cluster at which the trainer finds the env server; 0 takes a free one.'),
  remoteBind: bindAddress()
    .prefault('127.0.0.1')
    .describe('Address on the cluster that the port is bound to.'),
  url: httpUrl('http://127.0.0.1:18082')
    .optional()
    .describe('The env server to forward to. Unset: the one that server.host and server.port describe.'),
  identities: list(path('a path'), 'paths of private keys')
    .prefault([])
    .describe('Private keys to offer. Empty: those of ~/.ssh/config and of the agent.'),
  keepalive: duration()
    .optional()
    .describe(
      'Time between keepalives; a connection that misses three is given up. Unset: 5s, or less where ServerAliveInterval of ssh_config says so.',
    ),
  acceptNew: boolean()
    .prefault(false)
    .describe('Trust the key of a host that is not in known_hosts yet. A changed key is still refused.'),
  maxRetries: integer(0)
    .optional()
    .describe('Connections tried in a row before the tunnel gives up. Unset: it never does.'),
  requireToken: boolean()
    .prefault(false)
    .describe(
      'Refuse to forward to a server that answers without credentials: everybody with an account on the cluster could use it.',
    ),
  transport: choice(['ssh2', 'openssh'])
    .prefault('ssh2')
    .describe("The SSH client: the built-in one, or the system's ssh for GSSAPI and certificates."),
});
