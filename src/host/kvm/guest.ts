/**
 * The smallest guest that does what kernels do: a boot sector that goes from real mode into long mode, runs there what KVM
 * fails at on broken hosts, and only then says hello. Before each step it prints the step's letter on QEMU's debug console,
 * so that the last letter tells what it died of.
 */

/** What it prints at the end. */
export const GREETING = 'hello';
/** What it prints instead of `C` where the CPU does not have the instruction. */
const NO_CX16 = 'c';

/** By the letter that is printed before it. */
const STEPS = {
  R: 'real mode',
  L: 'long mode',
  M: 'model-specific registers',
  C: 'lock cmpxchg16b',
  S: 'SSE2',
  X: 'xsave',
  I: 'iretq',
} as const;

export interface GuestReport {
  saidHello: boolean;
  /** What it began last; null when it never ran. */
  lastStep: string | null;
  hasCmpxchg16b: boolean;
}

/** What the guest printed, in words. */
export function readGuest(output: string): GuestReport {
  const letters = [...(output.split(GREETING)[0] ?? '')];
  const last = letters.findLast((letter): letter is keyof typeof STEPS => letter in STEPS);
  return {
    saidHello: output.includes(GREETING),
    lastStep: last ? STEPS[last] : null,
    hasCmpxchg16b: !letters.includes(NO_CX16),
  };
}

/** Where the firmware puts a boot sector. */
const ORIGIN = 0x7c00;
/** Page tables of three levels, 4 KiB each; then memory for xsave and for the 16 bytes that are exchanged. */
const [PML4, PDPT, PD, XSAVE_AREA, SIXTEEN_BYTES] = [0x1000, 0x2000, 0x3000, 0x4000, 0x5000];
/** The table of segments stands at the end of the sector, before the mark that makes a disk bootable. */
const [GDT, GDT_POINTER] = [ORIGIN + 0x1e0, ORIGIN + 0x1f0];
const CODE_SEGMENT = 8;
/** Bits of CPUID leaf 1, register ECX. */
const [HAS_CMPXCHG16B, HAS_XSAVE] = [13, 26];

/** The same bytes in real and in long mode: text goes to port 0xe9, the debug console. */
const say = (text: string): number[] =>
  [...Buffer.from(text)].flatMap((character) => [
    ...[0xb0, character], // mov al, character
    ...[0xe6, 0xe9], // out 0xe9, al
  ]);
/** isa-debug-exit: any value at port 0xf4 ends QEMU. */
const SWITCH_OFF = [
  ...[0xe6, 0xf4], // out 0xf4, al
  0xf4, // hlt
];
const unlessEqual = (code: number[]): number[] => [0x74, code.length, ...code]; // je past it
/** By a bit of what CPUID said, which is in esi. */
const ifBit = (bit: number, then: number[], otherwise: number[]): number[] => {
  const skip = [0xeb, otherwise.length]; // jmp past otherwise
  const yes = [...then, ...skip];
  return [
    ...[0x0f, 0xba, 0xe6, bit], // bt esi, bit
    ...[0x73, yes.length], // jnc past yes
    ...yes,
    ...otherwise,
  ];
};
const word = (value: number): number[] => [value & 0xff, value >> 8];
const dword = (value: number): number[] => [...word(value & 0xffff), ...word(value >>> 16)];

const REAL_MODE = [
  0xfa, // cli
  0xfc, // cld
  ...[0x31, 0xc0], // xor ax, ax
  ...[0x8e, 0xd8], // mov ds, ax
  ...[0x8e, 0xc0], // mov es, ax
  ...[0x8e, 0xd0], // mov ss, ax
  ...say('R'),
  // Page tables: the first 2 MiB, each address at itself.
  ...[0x31, 0xc0], // xor ax, ax
  ...[0xbf, ...word(PML4)], // mov di, PML4
  ...[0xb9, ...word(0x3000 / 2)], // mov cx, words in three tables
  ...[0xf3, 0xab], // rep stosw
  ...[0xc7, 0x06, ...word(PML4), ...word(PDPT | 3)], // mov word [PML4], PDPT: present, writable
  ...[0xc7, 0x06, ...word(PDPT), ...word(PD | 3)], // mov word [PDPT], PD: present, writable
  ...[0xc7, 0x06, ...word(PD), ...word(0x83)], // mov word [PD], 0: present, writable, 2 MiB
  ...[0x66, 0xb8, ...dword(PML4)], // mov eax, PML4
  ...[0x0f, 0x22, 0xd8], // mov cr3, eax
  ...[0x0f, 0x20, 0xe0], // mov eax, cr4
  ...[0x0d, ...word(0x620)], // or ax, PAE | OSFXSR | OSXMMEXCPT
  ...[0x0f, 0x22, 0xe0], // mov cr4, eax
  ...[0x66, 0xb9, ...dword(0xc0000080)], // mov ecx, EFER
  ...[0x0f, 0x32], // rdmsr
  ...[0x0d, ...word(0x100)], // or ax, LME
  ...[0x0f, 0x30], // wrmsr
  ...[0x0f, 0x01, 0x16, ...word(GDT_POINTER)], // lgdt [GDT_POINTER]
  ...[0x0f, 0x20, 0xc0], // mov eax, cr0
  ...[0x66, 0x0d, ...dword(0x80000003)], // or eax, PG | MP | PE
  ...[0x24, 0xfb], // and al, ~EM
  ...[0x0f, 0x22, 0xc0], // mov cr0, eax
];
const farJump = (to: number): number[] => [0xea, ...word(to), ...word(CODE_SEGMENT)]; // jmp CODE_SEGMENT:to
const FAR_JUMP_LENGTH = farJump(0).length;

const LONG_MODE = [
  ...say('L'),
  ...[0xb8, ...dword(1)], // mov eax, 1
  ...[0x0f, 0xa2], // cpuid
  ...[0x89, 0xce], // mov esi, ecx

  ...say('M'),
  ...[0xb9, ...dword(0xc0000102)], // mov ecx, KERNEL_GS_BASE
  ...[0xb8, ...dword(XSAVE_AREA)], // mov eax, an address
  ...[0x31, 0xd2], // xor edx, edx
  ...[0x0f, 0x30], // wrmsr
  ...[0x0f, 0x01, 0xf8], // swapgs
  ...[0xff, 0xc9], // dec ecx: GS_BASE
  ...[0x0f, 0x32], // rdmsr
  ...[0x3d, ...dword(XSAVE_AREA)], // cmp eax, the address
  ...unlessEqual(SWITCH_OFF),

  ...ifBit(
    HAS_CMPXCHG16B,
    [
      ...say('C'),
      ...[0xbf, ...dword(SIXTEEN_BYTES)], // mov edi, SIXTEEN_BYTES
      ...[0x31, 0xc0], // xor eax, eax
      ...[0x31, 0xd2], // xor edx, edx
      ...[0x48, 0x89, 0x07], // mov [rdi], rax
      ...[0x48, 0x89, 0x47, 0x08], // mov [rdi + 8], rax
      ...[0xbb, ...dword(1)], // mov ebx, 1
      ...[0xb9, ...dword(2)], // mov ecx, 2
      ...[0xf0, 0x48, 0x0f, 0xc7, 0x0f], // lock cmpxchg16b [rdi]
      ...unlessEqual(SWITCH_OFF),
      ...[0x48, 0x83, 0x7f, 0x08, 0x02], // cmp qword [rdi + 8], 2
      ...unlessEqual(SWITCH_OFF),
    ],
    say(NO_CX16),
  ),

  ...say('S'),
  ...[0x48, 0x0f, 0xb6, 0xc0], // movzx rax, al
  ...[0x66, 0x48, 0x0f, 0x6e, 0xc0], // movq xmm0, rax
  ...[0x66, 0x0f, 0xd4, 0xc0], // paddq xmm0, xmm0
  ...[0x66, 0x48, 0x0f, 0x7e, 0xc2], // movq rdx, xmm0
  ...[0x48, 0x01, 0xc0], // add rax, rax
  ...[0x48, 0x39, 0xc2], // cmp rdx, rax
  ...unlessEqual(SWITCH_OFF),

  ...ifBit(
    HAS_XSAVE,
    [
      ...say('X'),
      ...[0x0f, 0x20, 0xe0], // mov rax, cr4
      ...[0x0d, ...dword(0x40000)], // or eax, OSXSAVE
      ...[0x0f, 0x22, 0xe0], // mov cr4, rax
      ...[0x31, 0xc9], // xor ecx, ecx
      ...[0x0f, 0x01, 0xd0], // xgetbv
      ...[0x83, 0xc8, 0x03], // or eax, x87 | SSE
      ...[0x0f, 0x01, 0xd1], // xsetbv
      ...[0xb8, ...dword(3)], // mov eax, x87 | SSE
      ...[0x31, 0xd2], // xor edx, edx
      ...[0xbf, ...dword(XSAVE_AREA)], // mov edi, XSAVE_AREA
      ...[0x0f, 0xae, 0x27], // xsave [rdi]
    ],
    [],
  ),

  ...say('I'),
  ...[0xbc, ...dword(ORIGIN)], // mov esp, ORIGIN: the stack grows down from the code
  ...[0x6a, 0x00], // push 0: no stack segment
  ...[0x68, ...dword(ORIGIN)], // push ORIGIN
  0x9c, // pushfq
  ...[0x6a, CODE_SEGMENT], // push CODE_SEGMENT
  ...[0x48, 0x8d, 0x05, ...dword(3)], // lea rax, [rip + 3]: past the iretq
  0x50, // push rax
  ...[0x48, 0xcf], // iretq

  ...say(GREETING),
  ...SWITCH_OFF,
];

/** The 512 bytes. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  const longModeAt = ORIGIN + REAL_MODE.length + FAR_JUMP_LENGTH;
  Buffer.from([...REAL_MODE, ...farJump(longModeAt), ...LONG_MODE]).copy(sector);
  // Segments: the empty one, and 64-bit code (present, ring 0, executable, readable; long).
  sector.writeBigUInt64LE(0x0020_9a00_0000_0000n, GDT - ORIGIN + CODE_SEGMENT);
  sector.writeUInt16LE(2 * 8 - 1, GDT_POINTER - ORIGIN); // limit
  sector.writeUInt32LE(GDT, GDT_POINTER - ORIGIN + 2); // address
  sector.writeUInt16LE(0xaa55, 510); // what makes a disk bootable
  return sector;
}
