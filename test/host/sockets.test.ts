import { describe, expect, it } from 'vitest';
import { ConnectionOwners, parseListeners, parsePeers, parseSocketAddress } from '../../src/host/sockets.js';

// From a machine's own /proc/net: proc(5).
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:46A2 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 20117 1
   1: 0700000A:46A2 1402640A:D431 01 00000000:00000000 00:00000000 00000000  1000        0 20118 1`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 23 1`;

describe('the kernel’s socket tables', () => {
  it('give listeners with address, port and user', () => {
    expect(parseListeners([TCP, TCP6])).toEqual([
      { address: '127.0.0.1', port: 18082, uid: 1000 },
      { address: '::', port: 8080, uid: 0 },
    ]);
  });

  it('give the other ends of what a port has accepted', () => {
    expect(parsePeers([TCP], 18082)).toEqual(['10.100.2.20']);
    expect(parsePeers([TCP], 8080)).toEqual([]);
  });

  it.each([
    ['0100007F:0016', '127.0.0.1', 22],
    ['00000000000000000000000001000000:0016', '::1', 22],
    ['0000000000000000FFFF00000100007F:0016', '::ffff:127.0.0.1', 22],
    ['B80D0120000000000000000001000000:0016', '2001:db8::1', 22],
  ])('%s is %s', (text, address, port) => {
    expect(parseSocketAddress(text)).toEqual({ address, port });
  });

  it('tell whose a connection is: nobody’s once it is closed, and still its user’s when all is said', () => {
    const row = (from: string, state: string, uid: number, inode: number) =>
      `   9: ${from} 0100007F:1F90 ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 ${inode} 1`;
    const owners = new ConnectionOwners([
      ['sl', row('0100007F:9C40', '01', 1000, 7), row('0100007F:9C41', '06', 0, 0)].join('\n'),
      ['sl', row('0100007F:9C42', '05', 1001, 8), row('0100007F:9C43', '05', 0, 0)].join('\n'),
      ['sl', row('0000000000000000FFFF00000100007F:9C44', '01', 1002, 9)].join('\n'),
    ]);
    const ownerOf = (port: number, address = '127.0.0.1') => owners.of({ address, port }, 8080);
    expect([40_000, 40_001, 40_002, 40_003, 40_004].map((port) => ownerOf(port))).toEqual([
      1000,
      null,
      1001,
      null,
      1002,
    ]);
    expect(ownerOf(40_000, '::ffff:127.0.0.1')).toBe(1000);
    expect(ownerOf(40_000, '127.0.0.2')).toBeNull();
    expect(owners.of({ address: '127.0.0.1', port: 40_000 }, 8081)).toBeNull();
  });
});
