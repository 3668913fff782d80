/** ProxyJump: a connection to the last hop, which connects on to the target; that hop is reached over the ones before it. */

import { ArpoEnvError } from '../../errors.js';
import { hostAndPort } from '../../lib/addresses.js';
import { messageOf } from '../../lib/errno.js';
import { pastedSsh } from '../host/command-line.js';
import type { SshTarget, TargetOptions } from '../host/target.js';
import { ChannelRefused } from './connection.js';
import type { DialOptions, JumpHost, Wire } from './wire.js';

/** More is a host that jumps over itself. */
export const MAX_HOPS = 8;

/** `hops` as ssh_config has them: separated by commas, the first one first. */
export async function jump(
  target: SshTarget,
  hops: string,
  { signal, connectHop }: DialOptions,
): Promise<Wire> {
  // ssh's rule: the hops before the last one replace what ssh_config says about the way to it.
  const [host = '', ...before] = hops.split(',').reverse();
  const connection = await connectHop({
    host,
    ...(before.length > 0 && { jump: before.reverse().join(',') }),
  });
  try {
    const limits = { signal, timeoutMs: target.connectTimeoutMs };
    const channel = await connection.open({ bind: target.host, port: target.port }, limits);
    let bytesRead = 0;
    channel.on('data', (chunk: Buffer) => {
      bytesRead += chunk.length;
    });
    channel.pause(); // until ssh2 listens too
    return {
      stream: channel,
      get bytesRead() {
        return bytesRead;
      },
      async [Symbol.asyncDispose]() {
        channel.close();
        channel.destroy();
        await connection[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw noWayOn(target, connection.target, error);
  }
}

/** ssh's rule: a hop is what ssh_config says about it; user, port and keys of the target are not its own. */
export function forHop(
  { configFile, knownHostsFile, acceptNew, person }: TargetOptions,
  hop: JumpHost,
): TargetOptions {
  return {
    ...hop,
    ...(configFile !== undefined && { configFile }),
    ...(knownHostsFile !== undefined && { knownHostsFile }),
    ...(acceptNew !== undefined && { acceptNew }),
    ...(person !== undefined && { person }),
  };
}

function noWayOn(target: SshTarget, hop: SshTarget, cause: unknown): ArpoEnvError {
  const where = hostAndPort(target.host, target.port);
  const forbidden = cause instanceof ChannelRefused && cause.failure === 'prohibited';
  return new ArpoEnvError(
    {
      code: 'E_SSH_HOST',
      message: forbidden
        ? `the jump host ${hop.name} does not let ${hop.user} connect on to ${where}`
        : `the jump host ${hop.name} cannot reach ${where}: ${messageOf(cause)}`,
      fix: forbidden
        ? 'its administrator must allow it: AllowTcpForwarding (yes or local) and PermitOpen in sshd_config'
        : `try from there: ${pastedSsh(hop.destination, [`nc -vz ${target.host} ${target.port}`])}`,
    },
    { cause },
  );
}
