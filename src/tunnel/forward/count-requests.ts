/** Counts HTTP/1 requests in a connection that is only carried, not read: for people, not for accounting. */
/** By this the tunnel leaves its own probes out of the requests that it counts. */
export const PROBE_AGENT = 'arpo-env-tunnel-probe';

const REQUEST_LINE = /^[A-Z]{3,7} \S+/;

export interface RequestCounter {
  /** Bytes from the client. */
  request(chunk: Buffer): void;
  /** Bytes from the server. */
  response(): void;
}

/**
 * A request begins where the client speaks after silence or after an answer, and where it speaks like one. Bodies and
 * the tunnel's own probes do not count.
 */
export function createRequestCounter(onRequest: () => void): RequestCounter {
  let clientsTurn = true;
  return {
    request(chunk) {
      if (!clientsTurn) return;
      clientsTurn = false;
      const head = chunk.toString('latin1', 0, 1024);
      if (REQUEST_LINE.test(head) && !head.includes(PROBE_AGENT)) onRequest();
    },
    response() {
      clientsTurn = true;
    },
  };
}
