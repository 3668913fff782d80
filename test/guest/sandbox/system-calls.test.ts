import { describe, expect, it } from 'vitest';
import { systemCallFilter } from '../../../src/guest/sandbox/system-calls.js';

const X64 = {
  arch: 0xc000003e,
  socket: 41,
  ioctl: 16,
  mmap: 9,
  setsockopt: 54,
  keyctl: 250,
  openat: 257,
  io_uring_setup: 425,
};
const ARM64 = {
  arch: 0xc00000b7,
  socket: 198,
  ioctl: 29,
  mmap: 222,
  setsockopt: 208,
  keyctl: 219,
  openat: 56,
  io_uring_setup: 425,
};
const ALLOWED = 'allowed';

interface SystemCall {
  arch: number;
  number: number;
  args?: readonly number[];
}

/** Runs the program as the kernel does (net/core/filter.c), for those instructions that it has. */
function verdict(program: Buffer, { arch, number, args = [] }: SystemCall): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, value] of args.entries()) data.writeUInt32LE(value, 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const k = program.readUInt32LE(at + 4);
    const jump = (holds: boolean) => program.readUInt8(at + (holds ? 2 : 3)) * 8;
    switch (program.readUInt16LE(at)) {
      case 0x20:
        accumulator = data.readUInt32LE(k);
        break;
      case 0x15:
        at += jump(accumulator === k);
        break;
      case 0x35:
        at += jump(accumulator >= k);
        break;
      case 0x45:
        at += jump((accumulator & k) !== 0);
        break;
      case 0x06:
        return k === 0x7fff0000 ? ALLOWED : `errno ${k - 0x50000}`;
      default:
        throw new Error(`no such instruction at ${at}`);
    }
  }
  throw new Error('it ended without a verdict');
}

describe.each([
  ['x64', X64],
  ['arm64', ARM64],
] as const)('the filter of system calls on %s', (processor, { arch, ...calls }) => {
  const judged = (number: number, ...args: number[]) => {
    const program = systemCallFilter(processor);
    if (!program) throw new Error('no filter');
    return verdict(program, { arch, number, args });
  };

  it('refuses keyrings and io_uring, and lets files be opened', () => {
    expect(judged(calls.keyctl)).toBe('errno 1');
    expect(judged(calls.io_uring_setup)).toBe('errno 1');
    expect(judged(calls.openat)).toBe(ALLOWED);
  });

  it('lets there be sockets of those families alone that a network namespace keeps apart', () => {
    const families = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16 };
    for (const family of Object.values(families)) expect(judged(calls.socket, family, 1, 0)).toBe(ALLOWED);
    const others = { AF_PACKET: 17, AF_ALG: 38, AF_VSOCK: 40, AF_XDP: 44 };
    for (const family of Object.values(others)) expect(judged(calls.socket, family, 1, 0)).toBe('errno 97');
  });

  it('refuses what types into a terminal, and no other ioctl', () => {
    expect(judged(calls.ioctl, 0, 0x5412)).toBe('errno 1');
    expect(judged(calls.ioctl, 0, 0x541c)).toBe('errno 1');
    expect(judged(calls.ioctl, 0, 0x5413)).toBe(ALLOWED);
  });

  it('where memory is counted, lets there be none that is nobody’s', () => {
    const program = systemCallFilter(processor, { countsMemory: true });
    if (!program) throw new Error('no filter');
    const counted = (number: number, ...args: number[]) => verdict(program, { arch, number, args });
    const flags = { MAP_SHARED: 0x01, MAP_PRIVATE: 0x02, MAP_SHARED_VALIDATE: 0x03, MAP_ANONYMOUS: 0x20 };
    const mapped = (value: number) => counted(calls.mmap, 0, 4096, 3, value, 0xffffffff, 0);
    expect(mapped(flags.MAP_SHARED | flags.MAP_ANONYMOUS)).toBe('errno 1');
    expect(mapped(flags.MAP_SHARED_VALIDATE | flags.MAP_ANONYMOUS | 0x4000)).toBe('errno 1');
    expect(mapped(flags.MAP_PRIVATE | flags.MAP_ANONYMOUS | 0x4000)).toBe(ALLOWED);
    expect(mapped(flags.MAP_SHARED)).toBe(ALLOWED);
    expect(judged(calls.mmap, 0, 4096, 3, flags.MAP_SHARED | flags.MAP_ANONYMOUS)).toBe(ALLOWED);
    const [SOL_SOCKET, SOL_TCP, SO_KEEPALIVE, SO_SNDBUF] = [1, 6, 9, 7];
    expect(counted(calls.setsockopt, 3, SOL_SOCKET, SO_SNDBUF)).toBe('errno 0');
    expect(counted(calls.setsockopt, 3, SOL_SOCKET, SO_KEEPALIVE)).toBe(ALLOWED);
    expect(counted(calls.setsockopt, 3, SOL_TCP, SO_SNDBUF)).toBe(ALLOWED);
    expect(judged(calls.setsockopt, 3, SOL_SOCKET, SO_SNDBUF)).toBe(ALLOWED);
    expect(counted(calls.keyctl)).toBe('errno 1');
    expect(counted(calls.openat)).toBe(ALLOWED);
  });

  it('knows no other processor’s calls', () => {
    const program = systemCallFilter(processor);
    if (!program) throw new Error('no filter');
    expect(verdict(program, { arch: 0x40000003, number: calls.openat })).toBe('errno 38');
    expect(verdict(program, { arch, number: 0x40000000 + calls.openat })).toBe('errno 38');
  });
});

it('there is no filter where the numbers of the calls are not known', () => {
  expect(systemCallFilter('riscv64')).toBeNull();
});
