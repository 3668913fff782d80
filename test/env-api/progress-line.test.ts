import { expect, test } from 'vitest';
import { progressLine } from '../../src/env-api/progress-line.js';
import type { Health } from '../../src/env-api/schemas.js';

const BOOTING: Health = {
  status: 'ok',
  version: '1.0.0',
  provider: 'docker',
  env: 0,
  state: 'booting',
  elapsed: 125.4,
  deadline: 3600,
  boot_elapsed: 125.2,
  phase: 'kernel',
  boot_log: '[    4.2] systemd[1]: Detected virtualization qemu.\r',
  screenshot: true,
  chrome_cdp: false,
  desktop: 'd1',
  watch: null,
  task: null,
  steps: 0,
  is_done: false,
  queue: 0,
  standby: { ready: 0, booting: 0 },
  failure: null,
  last_problem: null,
};

test('a boot: time of its budget, phase, what answers, last line of its log', () => {
  expect(progressLine(BOOTING, true)).toBe(
    'booting 2 min 05 s of 1 h 00 min · kernel · screenshot ✓ · CDP ✗ · [    4.2] systemd[1]: Detected virtualization qemu.',
  );
});

test('in a log the line changes once a minute', () => {
  const later = { ...BOOTING, boot_elapsed: 170 };
  expect(progressLine(BOOTING, false)).toBe(progressLine(later, false));
  expect(progressLine(BOOTING, false)).not.toBe(progressLine({ ...BOOTING, boot_elapsed: 185 }, false));
});

test('after the boot there is no budget and no phase', () => {
  const setup = {
    ...BOOTING,
    state: 'setup' as const,
    elapsed: 3,
    deadline: null,
    boot_log: null,
    chrome_cdp: true,
  };
  expect(progressLine(setup, true)).toBe('setup 3.0 s · screenshot ✓ · CDP ✓');
});

test('of a Python server nothing is known but the time', () => {
  expect(progressLine({ elapsedMs: 65_000 }, true)).toBe('resetting 1 min 05 s');
  expect(progressLine({ elapsedMs: 65_000 }, false)).toBe('resetting 1 min');
});

test('a boot that is slow says so; why is told once, elsewhere', () => {
  const slow = { ...BOOTING, slow_because: 'without KVM a VM takes 20 to 40 minutes to boot: …' };
  expect(progressLine(slow, true)).toMatch(/· kernel · slow · screenshot ✓ ·/);
  expect(progressLine({ ...slow, state: 'ready' }, true)).not.toContain('slow');
});
