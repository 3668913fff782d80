import { expect, test } from 'vitest';
import { isSameOrigin } from '../../src/http/same-origin.js';

const from = (origin: string | undefined, host: string, listening = '127.0.0.1') =>
  isSameOrigin({ host, ...(origin === undefined ? {} : { origin }) }, [listening]);

test.each([
  ['http://127.0.0.1:8006', '127.0.0.1:8006'],
  ['http://localhost:8006', 'localhost:8006'],
  ['http://[::1]:8006', '[::1]:8006'],
  ['http://192.0.2.7:8006', '192.0.2.7:8006'],
  ['http://10.0.0.5', '10.0.0.5'],
])('%s is the page of %s', (origin, host) => {
  expect(from(origin, host)).toBe(true);
});

test('the name that was chosen to be listened on is its own', () => {
  expect(from('http://desktops.cluster.example:8006', 'desktops.cluster.example:8006')).toBe(false);
  expect(
    from('http://desktops.cluster.example:8006', 'desktops.cluster.example:8006', 'desktops.cluster.example'),
  ).toBe(true);
});

test.each([
  ['another page', 'http://evil.example', '127.0.0.1:8006'],
  ['another port', 'http://127.0.0.1:3000', '127.0.0.1:8006'],
  ['another scheme', 'https://127.0.0.1:8006', '127.0.0.1:8006'],
  ['a name that was pointed here (DNS rebinding)', 'http://evil.example:8006', 'evil.example:8006'],
  ['a name that begins like an address', 'http://127.0.0.1.evil.example', '127.0.0.1.evil.example'],
  ['a file or a sandboxed frame', 'null', '127.0.0.1:8006'],
  ['no browser', undefined, '127.0.0.1:8006'],
  ['no Host', 'http://127.0.0.1:8006', ''],
])('not: %s', (_what, origin, host) => {
  expect(from(origin, host)).toBe(false);
});
