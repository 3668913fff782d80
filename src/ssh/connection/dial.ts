/** The way to the SSH server: a TCP connection, a jump through other servers, or ssh_config's ProxyCommand. */
import { ArpoEnvError } from '../../errors.js';
import { hostAndPort } from '../../lib/addresses.js';
import { errno, messageOf } from '../../lib/errno.js';
import { pastedSshG, pastedTunnel } from '../host/command-line.js';
import type { SshTarget } from '../host/target.js';
import { jump } from './jump.js';
import { startProxyCommand } from './proxy-command.js';
import { connectTcpPersistently } from './tcp.js';
import type { DialOptions, Wire } from './wire.js';

/** Throws E_SSH_HOST, for a jump host what its own connection throws, or the signal's reason when it aborts first. */
export async function dial(target: SshTarget, dialing: DialOptions): Promise<Wire> {
  if (target.proxy?.kind === 'jump') return jump(target, target.proxy.hops, dialing);
  if (target.proxy?.kind === 'command') return startProxyCommand(target, target.proxy.command);
  return dialTcp(target, dialing);
}

async function dialTcp(target: SshTarget, { signal, pace }: DialOptions): Promise<Wire> {
  const { host, port, family, bindAddress } = target;
  const address = {
    host,
    port,
    ...(family && { family }),
    ...(bindAddress && { localAddress: bindAddress }),
  };
  try {
    const socket = await connectTcpPersistently(address, target.connectTimeoutMs, signal, pace);
    // An SSH server that stops sending has ended the connection: nothing is left to say to it.
    socket.once('end', () => socket.end());
    return {
      stream: socket,
      get bytesRead() {
        return socket.bytesRead;
      },
      async [Symbol.asyncDispose]() {
        socket.destroy();
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(target, error);
  }
}

function unreachable(target: SshTarget, error: unknown): ArpoEnvError {
  const { message, fix } = explain(target, error);
  return new ArpoEnvError({ code: 'E_SSH_HOST', message, fix }, { cause: error });
}

function explain(target: SshTarget, error: unknown): { message: string; fix: string } {
  const where = hostAndPort(target.host, target.port);
  switch (errno(error)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `the name ${target.host} cannot be resolved`,
        fix: `check the spelling and the network; what ssh resolves it to: ${pastedSshG(target.destination)} | grep ^hostname`,
      };
    case 'ECONNREFUSED':
      return {
        message: `nothing listens on ${where}`,
        fix: `check that sshd runs there, and its port: ${pastedTunnel({ ...target.destination, port: undefined })} --port N`,
      };
    default:
      return {
        message: `${where} cannot be reached: ${messageOf(error)}`,
        fix: `check network, VPN and firewall: nc -vz ${target.host} ${target.port}`,
      };
  }
}
