/**
 * The connection over which Playwright speaks with a desktop's Chrome. Playwright's own follows redirects, and so a program
 * in the desktop could lead it to whatever listens on this machine, another desktop's Chrome too.
 */
import { once } from 'node:events';
import type { ConnectOverCDPTransport } from 'playwright-core';
import { type RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { hasTooManyValues, parseJson } from '../lib/json.js';

/** Beside the pages' pictures and texts there is nothing large. */
const LARGEST_MESSAGE_BYTES = 128 * 1024 ** 2;
const messageSchema = z.looseObject({});

/** Throws the system's error, or the signal's. */
export async function openTransport(
  url: URL,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<ConnectOverCDPTransport> {
  const socket = new WebSocket(url, {
    handshakeTimeout: timeoutMs,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  try {
    await once(socket, 'open', { signal });
  } catch (error) {
    // What it says when it is ended before it is open is no news.
    socket.on('error', () => undefined).terminate();
    throw error;
  }
  return transportOver(socket);
}

function transportOver(socket: WebSocket): ConnectOverCDPTransport {
  const transport: ConnectOverCDPTransport = {
    send: (message) => socket.send(JSON.stringify(message)),
    // Without waiting for the other side's consent.
    close: () => socket.terminate(),
  };
  const take = (data: RawData) => {
    const bytes = data as Buffer; // binaryType is nodebuffer
    const message = hasTooManyValues(bytes) ? undefined : parseJson(bytes.toString(), messageSchema);
    try {
      if (message === undefined) throw new Error('what it says is not CDP');
      transport.onmessage?.(message);
    } catch {
      socket.terminate();
    }
  };
  // One turn for each: what Playwright does about a message is done before the next.
  socket.on('message', (data) => setImmediate(take, data));
  // The end of the connection follows.
  socket.on('error', () => undefined);
  socket.on('close', (_code, reason) => transport.onclose?.(String(reason)));
  return transport;
}
