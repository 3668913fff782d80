/** Where the way to a host begins: the TCP connection by whose success it shows that the network is back. */

import { resolveTarget, type SshTarget, type TargetOptions } from '../host/target.js';
import { forHop, MAX_HOPS } from './jump.js';
import type { TcpAddress } from './tcp.js';

/** `target` is what was made of `options`. Null where a ProxyCommand knows the way; throws as resolveTarget does. */
export async function firstHop(
  target: SshTarget,
  options: TargetOptions,
  signal: AbortSignal,
  hops = 0,
): Promise<TcpAddress | null> {
  const { proxy, host, port } = target;
  if (proxy === null) return { host, port };
  if (proxy.kind === 'command' || hops > MAX_HOPS) return null;
  const [first = ''] = proxy.hops.split(',');
  const hopOptions = forHop(options, { host: first });
  return firstHop(await resolveTarget(hopOptions, signal), hopOptions, signal, hops + 1);
}
