/** A forward whose server asks for no credentials: the port is loopback's, and so everybody's who has an account on the cluster. */
import { ArpoEnvError } from '../../errors.js';
import { urlOf } from '../../lib/addresses.js';
import { isUnixSocket, type RemoteAddress } from '../../ssh/connection/connection.js';
import { pastedTunnel } from '../../ssh/host/command-line.js';
import type { SshTarget } from '../../ssh/host/target.js';
import { type ForwardSpec, forwardUrl } from '../forward/forward.js';

const ANSWER_MS = 3000;

/** By the status of an answer to a request without credentials. A server may have no `/health`, and do the rest for anybody. */
export function isOpen(status: number): boolean {
  return status < 400 || status === 404;
}

/** sshd makes a unix socket for its user alone (sshd_config(5), StreamLocalBindMask). */
export function isShared(listener: RemoteAddress): boolean {
  return !isUnixSocket(listener);
}

/** Asked from here, before anything listens on the cluster: the first forward that would be open. None that does not answer. */
export async function findOpen(
  forwards: readonly ForwardSpec[],
  signal: AbortSignal,
): Promise<ForwardSpec | null> {
  for (const spec of forwards.filter(isShared)) {
    const url = new URL('/health', urlOf(spec.local.host, spec.local.port));
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await fetch(url, { signal: within, redirect: 'manual' }).catch(() => null);
    signal.throwIfAborted();
    await response?.body?.cancel();
    if (response !== null && isOpen(response.status)) return spec;
  }
  return null;
}

export function openForward(target: SshTarget, spec: ForwardSpec): ArpoEnvError {
  const local = `${spec.local.host}:${spec.local.port}`;
  const socket = `/tmp/arpo-env-${target.user.replace(/[^\w.-]/g, '-')}.sock`;
  return new ArpoEnvError({
    code: 'E_NO_TOKEN',
    message: `${forwardUrl(spec)} on ${target.name} answers without credentials: everybody with an account there can drive the desktops`,
    fix: `openssl rand -hex 32 > token && chmod 600 token, then arpo-env serve --token-file token; or forward a unix socket, which is yours alone there: ${pastedTunnel(target.destination)} -R ${socket}:${local}`,
  });
}
