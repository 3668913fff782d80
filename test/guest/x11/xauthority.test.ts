import { expect, test } from 'vitest';
import { newCookie, xauthority } from '../../../src/guest/x11/display/xauthority.js';

const COOKIE = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const PROTOCOL = '00124d49542d4d414749432d434f4f4b49452d31';

test('before the display has a number the key is for every host and display', () => {
  expect(xauthority(COOKIE).toString('hex')).toBe(`ffff00000000${PROTOCOL}0010${COOKIE.toString('hex')}`);
});

test('then for this machine by name as well, first', () => {
  const file = xauthority(COOKIE, { hostname: 'box', number: 7 }).toString('hex');
  const local = `01000003626f78000137${PROTOCOL}0010${COOKIE.toString('hex')}`;
  expect(file).toBe(local + xauthority(COOKIE).toString('hex'));
});

test('no two desktops have the same key', () => {
  expect(newCookie()).toHaveLength(16);
  expect(newCookie().equals(newCookie())).toBe(false);
});
