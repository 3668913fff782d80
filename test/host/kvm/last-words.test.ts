import { expect, it } from 'vitest';
import { lastWords } from '../../../src/host/kvm/last-words.js';

it.each([
  [
    'of the emulator',
    ['KVM internal error. Suberror: 1', 'extra data[0]: 0x01', 'emulation failure'],
    'KVM internal error. Suberror: 1',
  ],
  [
    'behind what the guest was printing',
    ['[    1.2] smpKVM internal error. Suberror: 3\r'],
    'KVM internal error. Suberror: 3',
  ],
  [
    'of the hardware',
    ['KVM: entry failed, hardware error 0x80000021'],
    'KVM: entry failed, hardware error 0x80000021',
  ],
  ['of the system call', ['error: kvm run failed Bad address'], 'error: kvm run failed Bad address'],
  ['on their own', ['emulation failure'], 'emulation failure'],
])('knows the last words %s', (_title, lines, words) => {
  expect(lastWords(lines)).toBe(words);
});

it('does not take a kernel that talks of KVM for them', () => {
  const lines = ['[ 0.1] kvm-guest: PV EOI', '[ 3.0] kvm: no emulation failure so far', 'kvm internal error'];
  expect(lastWords(lines)).toBeNull();
});
