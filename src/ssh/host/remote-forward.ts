/** What `-R` of ssh(1) takes, of which an HTTP service can be the end. */

export interface RemoteForward {
  /** Where the server listens: an address without brackets, or the path of a unix socket; undefined when it is not said. */
  bind: string | undefined;
  /** `0` for a unix socket. */
  port: string;
  /** Where the connections come out. */
  host: string;
  hostPort: string;
}

/** `[bind:]port:host:port`, or `/path:host:port` for a unix socket; IPv6 in brackets. Null for anything else. */
export function readRemoteForward(text: string): RemoteForward | null {
  const { path, bind, port, host, hostPort } =
    /^(?:(?<path>\/[^:]*)|(?:(?<bind>\[[^\]]+\]|[^:[\]]*):)?(?<port>\d+)):(?<host>\[[^\]]+\]|[^:[\]]+):(?<hostPort>\d+)$/.exec(
      text,
    )?.groups ?? {};
  if (host === undefined || hostPort === undefined) return null;
  return {
    bind: path ?? (bind === undefined ? undefined : withoutBrackets(bind)),
    port: port ?? '0',
    host: withoutBrackets(host),
    hostPort,
  };
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
