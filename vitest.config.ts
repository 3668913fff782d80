import { defineConfig } from 'vitest/config';

/** Whole systems are installed in there: minutes for one test. */
const SETUP_VM = 'test/e2e/setup-vm*.test.ts';

/** Whole desktops and a Docker daemon: cores, memory, and one bridge for them. The other suites mostly wait, and run beside these in CI. */
const DESKTOPS = [
  'test/e2e/docker*.test.ts',
  'test/e2e/doctor-docker*.test.ts',
  'test/e2e/vm.e2e.test.ts',
  'test/e2e/guest-x11*.test.ts',
  'test/e2e/{chrome,keyboard,local,pyautogui,setup-cdp}*.test.ts',
];

/** Each of these starts the built program, several times: a second apiece where the machine is busy. */
const CLI = [
  'test/commands/**/*.test.ts',
  'test/cli.test.ts',
  'test/readme.test.ts',
  // Threads of the built program.
  'test/evaluators/apart/**/*.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/skipped-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/bench/**', ...CLI],
          testTimeout: 20_000,
          // Vitest's default leaves one core idle, which on two cores doubles the time.
          maxWorkers: '100%',
          // No module here has state of its own, so nothing is gained by loading all of them anew for each file.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'cli',
          include: CLI,
          testTimeout: 90_000,
          maxWorkers: '100%',
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [SETUP_VM, ...DESKTOPS],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Real daemons and a two-core machine: one suite at a time keeps every deadline meaningful.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e-desktops',
          include: DESKTOPS,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'setup-vm',
          include: [SETUP_VM],
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
