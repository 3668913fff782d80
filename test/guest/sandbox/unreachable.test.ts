import { expect, it } from 'vitest';
import { ownNetworks, unreachableNetworks } from '../../../src/guest/sandbox/unreachable.js';

/** As the kernel prints it: the tries' inner nodes begin with `+--`. */
const ROUTES = `Main:
  +-- 0.0.0.0/0 3 0 4
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 128.0.0.0
        /1 link UNICAST
     +-- 8.0.0.0/6 2 0 2
        |-- 8.18.28.0
           /24 link UNICAST
        |-- 8.18.28.38
           /32 host LOCAL
        |-- 8.18.28.255
           /32 link BROADCAST
        |-- 10.77.1.1
           /32 host LOCAL
Local:
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 9.9.9.9
        /32 link BROADCAST
        /32 host LOCAL
`;

it('this machine’s public addresses and its neighbours are unreachable, and not what a VPN takes of the internet', () => {
  expect(ownNetworks(ROUTES)).toEqual(['8.18.28.0/24', '8.18.28.38/32', '9.9.9.9/32']);
});

it('so are private networks, and the cloud’s metadata service', async () => {
  expect(await unreachableNetworks()).toEqual(
    expect.arrayContaining(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16']),
  );
});
