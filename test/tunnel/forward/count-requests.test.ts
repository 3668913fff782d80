import { expect, test } from 'vitest';
import { createRequestCounter, PROBE_AGENT } from '../../../src/tunnel/forward/count-requests.js';

function counted(play: (say: (text: string) => void, answer: () => void) => void): number {
  let count = 0;
  const counter = createRequestCounter(() => {
    count += 1;
  });
  play((text) => counter.request(Buffer.from(text)), counter.response);
  return count;
}

test('each request of a connection that is kept, its body not', () => {
  expect(
    counted((say, answer) => {
      say('POST /env/step HTTP/1.1\r\n\r\n');
      say('GET /looks/like/one HTTP/1.1 but is a body');
      answer();
      answer();
      say('GET /health HTTP/1.1\r\n\r\n');
      answer();
    }),
  ).toBe(2);
});

test("not the tunnel's own probes, nor what is not HTTP", () => {
  expect(counted((say) => say(`GET /health HTTP/1.1\r\nuser-agent: ${PROBE_AGENT}\r\n\r\n`))).toBe(0);
  expect(counted((say) => say('\x16\x03\x01\x02'))).toBe(0);
});
