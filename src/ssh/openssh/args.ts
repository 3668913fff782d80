/** Command lines of the system's ssh: the master, which holds the connection, and its clients, which ask it for something. */
import { sshArgs } from '../host/command-line.js';
import type { TargetOptions } from '../host/target.js';

/** `socket` is where clients find the master. Whatever is not said here, ssh_config says; `forks` is part of that. */
export function masterArgs(
  options: TargetOptions,
  socket: string,
  keepaliveMs: number,
  forks = false,
): string[] {
  const { knownHostsFile, acceptNew, person } = options;
  const settings = {
    ControlMaster: 'yes',
    ControlPath: literalPath(socket),
    ControlPersist: 'no',
    // Forwards of ssh_config are another connection's business; ours are asked for when it stands.
    ClearAllForwardings: 'yes',
    ExitOnForwardFailure: 'yes',
    ForwardAgent: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    Tunnel: 'no',
    // Only where ssh knows the keyword, which is new in OpenSSH 8.7.
    ...(forks ? { ForkAfterAuthentication: 'no' } : {}),
    ServerAliveInterval: Math.max(1, Math.round(keepaliveMs / 1000)),
    ServerAliveCountMax: 3,
    // Not BatchMode: it would leave out keyboard-interactive, which may ask a telephone and not us.
    ...(person?.present ? {} : { PasswordAuthentication: 'no', NumberOfPasswordPrompts: 1 }),
    ...(acceptNew ? { StrictHostKeyChecking: 'accept-new' } : {}),
    ...(knownHostsFile === undefined
      ? {}
      : { UserKnownHostsFile: literalPath(knownHostsFile), GlobalKnownHostsFile: 'none' }),
  };
  return sshArgs(options, { flags: ['-N', '-v'], settings });
}

/** What keeps ssh from asking when nobody is there: neither at the terminal nor in a window. */
export const ASKS_NOBODY = { SSH_ASKPASS: 'false', SSH_ASKPASS_REQUIRE: 'force' };

/** One that would rather fail than connect on its own when the master is gone. `-v` says when a channel is open. */
export function clientArgs(socket: string, flags: readonly string[]): string[] {
  return sshArgs(
    { host: 'master', configFile: 'none' },
    {
      flags: ['-v', ...flags],
      settings: { ControlPath: literalPath(socket), ControlMaster: 'no', ProxyCommand: 'false' },
    },
  );
}

/** ssh reads a value as a line of ssh_config: blanks part words, and `%` begins a token. */
function literalPath(path: string): string {
  const text = path.replaceAll('%', '%%');
  return /\s/.test(text) ? `"${text}"` : text;
}
