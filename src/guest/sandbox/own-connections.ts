/**
 * Connections that this very process opened: a door of the same process knows them by their ports, without a look at the
 * kernel's table, which takes milliseconds on a large machine and would be in every action of an env.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';

const messageSchema = z.object({ socket: z.custom<Socket>() });
/** An end that accepts may hear of a connection before the end that opened it. */
const TURNS = 2;

const open = new Set<Socket>();
// Node tells of each client socket that it makes (diagnostics_channel, "net.client.socket").
subscribe('net.client.socket', (message) => {
  const { socket } = messageSchema.parse(message);
  open.add(socket);
  socket.once('close', () => open.delete(socket));
});

/** `accepted`: the end that a server of this process has. While ours is open no other process can have its ports. */
export async function isOwnConnection(accepted: Socket): Promise<boolean> {
  const { localAddress, localPort, remoteAddress, remotePort } = accepted;
  for (let count = 0; count <= TURNS; count += 1) {
    for (const socket of open) {
      // Asked of a socket that still connects, Node would remember a wrong answer.
      if (socket.connecting || socket.destroyed) continue;
      // Addresses too: a connection of ours to elsewhere can have the same two ports.
      const here = socket.localAddress === remoteAddress && socket.localPort === remotePort;
      if (here && socket.remoteAddress === localAddress && socket.remotePort === localPort) return true;
    }
    await turn();
  }
  return false;
}
