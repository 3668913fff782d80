import { describe, expect, it } from 'vitest';
import { parseListeners, parsePeers, parseSocketAddress } from '../../src/host/sockets.js';

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
});
