/** The TCP connection to the SSH server. A socket of our own shows ssh2's traffic, by which liveness is judged. */
import type { Socket } from 'node:net';
import { ArpoEnvError } from '../errors.js';
import type { SshTarget } from './target.js';
import { connectTcp } from './tcp.js';

/** Throws E_TUNNEL_HOST, or the signal's reason when it aborts first. */
export async function dial(target: SshTarget, signal: AbortSignal): Promise<Socket> {
  try {
    const socket = await connectTcp(target, target.connectTimeoutMs, signal);
    // An SSH server that stops sending has ended the connection: nothing is left to say to it.
    socket.once('end', () => socket.end());
    return socket;
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(target, error as NodeJS.ErrnoException);
  }
}

function unreachable(target: SshTarget, error: NodeJS.ErrnoException): ArpoEnvError {
  const { message, hint } = explain(target, error);
  return new ArpoEnvError({ code: 'E_TUNNEL_HOST', message, hint }, { cause: error });
}

function explain(target: SshTarget, error: NodeJS.ErrnoException): { message: string; hint: string } {
  const where = `${target.host}:${target.port}`;
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `the name ${target.host} cannot be resolved`,
        hint: `check the spelling and the network; what ssh makes of it: ssh -G '${target.name}' | grep ^hostname`,
      };
    case 'ECONNREFUSED':
      return {
        message: `nothing listens on ${where}`,
        hint: `check that sshd runs there, and its port: arpo-env tunnel ${target.user}@${target.host} --port N`,
      };
    default:
      return {
        message: `${where} cannot be reached: ${error.message}`,
        hint: `check network, VPN and firewall: nc -vz ${target.host} ${target.port}`,
      };
  }
}
