/** Names of SSH hosts as people write them. */
import { ArpoEnvError } from '../../errors.js';

export interface Address {
  host: string;
  user?: string;
  port?: number;
}

/** `user@host:port`, `user@[2001:db8::1]:port`, `ssh://user@host:port`; a bare IPv6 address has no port. Throws E_USAGE. */
export function parseAddress(text: string): Address {
  const match =
    /^(?:(?<user>[^@\s]+)@)?(?:\[(?<v6>[^\]\s]+)\]|(?<host>[^:@\s[\]]+|[^@\s[\]]*:[^@\s[\]]*:[^@\s[\]]*))(?::(?<port>\d+))?$/.exec(
      text.replace(/^ssh:\/\/([^/]*)\/?$/, '$1'),
    );
  const { user, v6, host = v6, port } = match?.groups ?? {};
  const number = port === undefined ? undefined : Number(port);
  if (
    !host ||
    text.startsWith('-') ||
    host.startsWith('-') ||
    (number !== undefined && (number < 1 || number > 65_535))
  ) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `\`${text}\` is not an SSH host`,
      fix: 'give an alias of ~/.ssh/config or user@host[:port], for example: arpo-env tunnel user@cluster.example:22',
    });
  }
  return { host, ...(user === undefined ? {} : { user }), ...(number === undefined ? {} : { port: number }) };
}
