/** Forwards that ask a server for one and the same listener: it can only refuse the second of them. */
import { isIPv6 } from 'node:net';
import { ArpoEnvError } from '../../errors.js';
import { addressName, isUnixSocket, type RemoteAddress } from '../../ssh/connection/connection.js';
import type { ForwardSpec } from './forward.js';

/** Throws E_USAGE. Addresses that overlap only on some servers, such as `*` and `127.0.0.1`, are left to the server. */
export function requireDistinct(forwards: readonly ForwardSpec[]): void {
  const seen = new Map<string, ForwardSpec>();
  for (const spec of forwards) {
    if (spec.port === 0 && !isUnixSocket(spec)) continue; // each gets a port of its own
    const name = addressName({ bind: canonical(spec), port: spec.port });
    const first = seen.get(name);
    if (first !== undefined) throw twice(first, spec);
    seen.set(name, spec);
  }
}

function canonical({ bind }: RemoteAddress): string {
  if (bind === '') return '*';
  if (bind.startsWith('/')) return bind;
  return isIPv6(bind) && !bind.includes('%') ? new URL(`http://[${bind}]`).hostname : bind.toLowerCase();
}

function twice(first: ForwardSpec, second: ForwardSpec): ArpoEnvError {
  const end = ({ local }: ForwardSpec) => addressName({ bind: local.host, port: local.port });
  const both = [...new Set([end(first), end(second)])].join(' and then to ');
  return new ArpoEnvError({
    code: 'E_USAGE',
    message: `${addressName(second)} of the cluster is forwarded twice, to ${both}`,
    fix: isUnixSocket(second)
      ? 'leave one of the two out, or give it a path of its own'
      : `leave one of the two out, or give it a port of its own: -R ${second.port + 1}:${end(second)}`,
  });
}
