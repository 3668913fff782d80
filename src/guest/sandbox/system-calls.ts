/**
 * The system calls that a sandbox does without: those that need no capability and reach what no namespace keeps apart
 * (keyrings, the kernel's log, a virtual machine's sockets), or that have opened kernels again and again. Containers
 * refuse them too. As a classic BPF program (linux/filter.h, linux/seccomp.h), which bwrap(1) takes by --seccomp.
 */

/** Its number on each processor (asm/unistd.h). */
type Call = Record<Processor, number>;
type Processor = 'x64' | 'arm64';

const REFUSED: Record<string, Call> = {
  add_key: { x64: 248, arm64: 217 },
  request_key: { x64: 249, arm64: 218 },
  keyctl: { x64: 250, arm64: 219 },
  bpf: { x64: 321, arm64: 280 },
  perf_event_open: { x64: 298, arm64: 241 },
  userfaultfd: { x64: 323, arm64: 282 },
  io_uring_setup: { x64: 425, arm64: 425 },
  io_uring_enter: { x64: 426, arm64: 426 },
  io_uring_register: { x64: 427, arm64: 427 },
  kexec_load: { x64: 246, arm64: 104 },
  kexec_file_load: { x64: 320, arm64: 294 },
  syslog: { x64: 103, arm64: 116 },
};
/** Looking into another process's memory, its descriptors and its registers. Debuggers need it, and nothing else. */
export const DEBUGGING: Record<string, Call> = {
  ptrace: { x64: 101, arm64: 117 },
  process_vm_readv: { x64: 310, arm64: 270 },
  process_vm_writev: { x64: 311, arm64: 271 },
  pidfd_getfd: { x64: 438, arm64: 438 },
};
const SOCKET: Call = { x64: 41, arm64: 198 };
const IOCTL: Call = { x64: 16, arm64: 29 };
const MMAP: Call = { x64: 9, arm64: 222 };
const SETSOCKOPT: Call = { x64: 54, arm64: 208 };

/** AUDIT_ARCH_… (linux/audit.h). */
const AUDIT: Record<Processor, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };
/** From here on x64 has another set of calls, x32 (asm/unistd.h). */
const X32 = 0x40000000;

/** AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK: each network namespace has its own. AF_VSOCK, which leads to the host, it shares. */
const FAMILIES = [1, 2, 10, 16];
/** TIOCSTI and TIOCLINUX: they type into a terminal. */
const TERMINAL_INPUT = [0x5412, 0x541c];
/** Of mmap(2)'s flags: MAP_SHARED, which is in MAP_SHARED_VALIDATE too, and MAP_ANONYMOUS. */
const SHARED = 0x01;
const ANONYMOUS = 0x20;
const SOL_SOCKET = 1;
/** SO_SNDBUF and SO_RCVBUF. */
const BUFFER_SIZES = [7, 8];

const ALLOW = 0x7fff0000;
/** It does nothing, and says that all went well. */
const PRETEND = 0x00050000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;

/** Offsets in struct seccomp_data; of an argument its lower half, which is all that these calls look at. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;
const SECOND_ARGUMENT = 24;
const THIRD_ARGUMENT = 32;
const FOURTH_ARGUMENT = 40;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const give = (verdict: number): Instruction => [0x06, 0, 0, verdict];
/** Goes on with the next instruction when it is equal, else behind as many as `skip`. */
const whenEqual = (value: number, skip: number): Instruction => [0x15, 0, skip, value];
const unlessEqual = (value: number, skip: number): Instruction => [0x15, skip, 0, value];
const whenAtLeast = (value: number, skip: number): Instruction => [0x35, 0, skip, value];
const whenAnyOf = (bits: number, skip: number): Instruction => [0x45, 0, skip, bits];
const each = (values: readonly number[], verdict: number) =>
  values.flatMap((value) => [whenEqual(value, 1), give(verdict)]);
/** What is done for one call alone; it ends with a verdict. */
const forCall = (call: number, rules: readonly Instruction[]) => [whenEqual(call, rules.length), ...rules];

interface FilterOptions {
  /** What is refused beside what every sandbox does without. */
  further?: Readonly<Record<string, Call>>;
  /** Whether somebody counts the memory of its processes: then none is shared without a file, and no socket holds more than others. */
  countsMemory?: boolean;
}

/** Null on a processor whose calls we don't know. */
export function systemCallFilter(
  processor: NodeJS.Architecture = process.arch,
  { further = {}, countsMemory = false }: FilterOptions = {},
): Buffer | null {
  if (processor !== 'x64' && processor !== 'arm64') return null;
  const refused = Object.values({ ...REFUSED, ...further }).map((call) => call[processor]);
  return assembled([
    load(ARCHITECTURE),
    // A program for another processor would find the same calls under other numbers.
    unlessEqual(AUDIT[processor], 1),
    give(ENOSYS),
    load(NUMBER),
    whenAtLeast(X32, 1),
    give(ENOSYS),
    ...each(refused, EPERM),
    ...forCall(SOCKET[processor], [load(FIRST_ARGUMENT), ...each(FAMILIES, ALLOW), give(EAFNOSUPPORT)]),
    ...forCall(IOCTL[processor], [load(SECOND_ARGUMENT), ...each(TERMINAL_INPUT, EPERM), give(ALLOW)]),
    ...(countsMemory
      ? [...forCall(MMAP[processor], UNLESS_SHARED), ...forCall(SETSOCKOPT[processor], SAME_BUFFERS)]
      : []),
    give(ALLOW),
  ]);
}

const UNLESS_SHARED: readonly Instruction[] = [
  load(FOURTH_ARGUMENT),
  whenAnyOf(SHARED, 2),
  whenAnyOf(ANONYMOUS, 1),
  give(EPERM),
  give(ALLOW),
];

const SAME_BUFFERS: readonly Instruction[] = [
  load(SECOND_ARGUMENT),
  unlessEqual(SOL_SOCKET, 1),
  give(ALLOW),
  load(THIRD_ARGUMENT),
  ...each(BUFFER_SIZES, PRETEND),
  give(ALLOW),
];

/** struct sock_filter, in the byte order of these processors. */
function assembled(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, k]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}
