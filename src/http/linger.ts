/** An answer to a client that is still sending. */
import type { IncomingMessage } from 'node:http';

/** As long as a client may still send after its answer. */
const LINGER_MS = 30_000;

/**
 * RFC 9112 §9.6: whoever closes a connection on which bytes still arrive makes the kernel reset it, and the client loses
 * the answer that it has not read yet. So our side ends after the answer, and what still comes is read and dropped for a while.
 */
export function lingerAfterAnswer(request: IncomingMessage): void {
  const { socket } = request;
  request.resume();
  // Node's HTTP server calls it after an answer that says `connection: close`.
  socket.destroySoon = () => {
    socket.end();
    // Nobody else reads from a connection that was to become a WebSocket.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  };
}
