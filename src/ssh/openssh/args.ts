/** Command lines of the system's ssh: the master, which holds the connection, and its clients, which ask it for something. */
import type { TargetOptions } from '../host/target.js';

/** `socket` is where clients find the master. Whatever is not said here, ssh_config says. */
export function masterArgs(options: TargetOptions, socket: string, keepaliveMs: number): string[] {
  const {
    host,
    user,
    port,
    jump,
    identityFiles = [],
    configFile,
    knownHostsFile,
    acceptNew,
    person,
  } = options;
  const settings = {
    ControlMaster: 'yes',
    ControlPath: socket,
    ControlPersist: 'no',
    // Forwards of ssh_config are another connection's business; ours are asked for when it stands.
    ClearAllForwardings: 'yes',
    ExitOnForwardFailure: 'yes',
    ForwardAgent: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    Tunnel: 'no',
    ServerAliveInterval: String(Math.max(1, Math.round(keepaliveMs / 1000))),
    ServerAliveCountMax: '3',
    ...(person?.present ? {} : { BatchMode: 'yes' }),
    ...(acceptNew ? { StrictHostKeyChecking: 'accept-new' } : {}),
    ...(knownHostsFile === undefined
      ? {}
      : { UserKnownHostsFile: knownHostsFile, GlobalKnownHostsFile: 'none' }),
  };
  return [
    '-N',
    '-v',
    ...configArgs(configFile),
    ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...identityFiles.flatMap((file) => ['-i', file]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(jump === undefined ? [] : ['-o', `ProxyJump=${jump}`]),
    '--',
    ...destination(host),
  ];
}

/** One that would rather fail than connect on its own when the master is gone. `-v` says when a channel is open. */
export function clientArgs(socket: string, args: readonly string[]): string[] {
  return [
    '-F',
    'none',
    '-S',
    socket,
    '-o',
    'ControlMaster=no',
    '-o',
    'ProxyCommand=false',
    '-v',
    ...args,
    '--',
    'master',
  ];
}

function configArgs(file: string | undefined): string[] {
  return file === undefined ? [] : ['-F', file];
}

/** `user@host:port` is ours; ssh has a URI for that. */
function destination(host: string): string[] {
  return /:\d+$/.test(host) && (host.includes(']') || host.split(':').length === 2)
    ? [`ssh://${host.replace(/^ssh:\/\//, '')}`]
    : [host];
}
