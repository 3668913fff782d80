import { expect, it } from 'vitest';
import { bootSector, readGuest } from '../../../src/host/kvm/guest.js';

it('is a bootable sector with room to spare between its code and its table of segments', () => {
  const sector = bootSector();
  expect(sector).toHaveLength(512);
  expect(sector.readUInt16LE(510)).toBe(0xaa55);
  expect(sector.subarray(0x1a0, 0x1e0).every((byte) => byte === 0)).toBe(true);
});

it.each([
  ['', { saidHello: false, lastStep: null, hasCmpxchg16b: true }],
  ['R', { saidHello: false, lastStep: 'real mode', hasCmpxchg16b: true }],
  ['RLMC', { saidHello: false, lastStep: 'lock cmpxchg16b', hasCmpxchg16b: true }],
  ['RLMcS', { saidHello: false, lastStep: 'SSE2', hasCmpxchg16b: false }],
  ['RLMCSXIhello', { saidHello: true, lastStep: 'iretq', hasCmpxchg16b: true }],
])('reads what it printed: %j', (output, report) => {
  expect(readGuest(output)).toEqual(report);
});
