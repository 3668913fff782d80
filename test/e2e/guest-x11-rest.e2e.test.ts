/** A screen at rest, on a real display: the program has handled what it was given, and nothing is drawn any more. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Receivers } from '../../src/guest/x11/input/receivers.js';
import { ScreenRest } from '../../src/guest/x11/rest.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type RealDisplay, realDisplay } from '../support/x-display.js';

const { signal } = new AbortController();

describeWith('Xvfb', 'the screen', () => {
  let display: RealDisplay;
  let rest: ScreenRest;

  beforeAll(async () => {
    display = await realDisplay();
    const { connection } = display;
    rest = new ScreenRest({ connection, receivers: await Receivers.open(connection), sandboxed: false });
  });
  afterAll(() => display?.[Symbol.asyncDispose]());

  /** Milliseconds that it is waited for. */
  async function waited(
    limitMs: number,
    options: { quietMs?: number; pauseMs?: number } = {},
  ): Promise<number> {
    const began = performance.now();
    await rest.wait({ limitMs, signal, ...options });
    return performance.now() - began;
  }

  async function terminal(script: string): Promise<AsyncDisposable & { child: ChildProcess }> {
    const before = (await display.windows.list()).length;
    const child = display.start('xterm', '-e', 'sh', '-c', script);
    await eventually(async () => expect((await display.windows.list()).length).toBe(before + 1));
    return {
      child,
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await eventually(async () => expect((await display.windows.list()).length).toBe(before));
      },
    };
  }

  it('is at rest at once when nothing happens', async () => {
    await waited(20_000);
    const times = [await waited(20_000), await waited(20_000), await waited(20_000)];
    expect(Math.min(...times)).toBeGreaterThanOrEqual(249);
    expect(Math.min(...times)).toBeLessThan(2000);
  });

  it('is not as long as something is drawn', async () => {
    await using _shown = await terminal('for i in $(seq 40); do echo $i; sleep 0.03; done; sleep 1000');
    expect(await waited(20_000, { quietMs: 500 })).toBeGreaterThan(500);
    expect(await waited(20_000)).toBeLessThan(5000);
  });

  it('is not waited for longer than the limit', async () => {
    await using _shown = await terminal('while :; do echo $((n += 1)); sleep 0.02; done');
    const took = await waited(700);
    expect(took).toBeGreaterThanOrEqual(690);
    expect(took).toBeLessThan(5000);
  });

  it('is not as long as a program has not handled what it was given', async () => {
    await using shown = await terminal('cat');
    await waited(20_000);
    shown.child.kill('SIGSTOP');
    await display.input.keyboard.press('x', signal);
    await display.input.keyboard.release('x');
    let isHandled = false;
    setTimeout(() => {
      isHandled = true;
      shown.child.kill('SIGCONT');
    }, 600);
    await rest.wait({ limitMs: 20_000, signal });
    expect(isHandled).toBe(true);
  });

  /** What a command does after Enter, before it has written anything. */
  async function isDoneAtRest(command: string, pauseMs: number): Promise<boolean> {
    using folder = new TemporaryFolder();
    const done = `${folder.path}/done`;
    await using _shown = await terminal(`read line; ${command}; : > ${done}; exec sleep 1000`);
    await rest.wait({ limitMs: 20_000, signal });
    rest.begin();
    await display.input.keyboard.press('enter', signal);
    await display.input.keyboard.release('enter');
    await display.input.done();
    await rest.wait({ limitMs: 20_000, pauseMs, signal });
    return existsSync(done);
  }

  it('is not as long as a program runs that has been started since', async () => {
    expect(await isDoneAtRest('sleep 0.8', 19_000)).toBe(true);
    expect(await isDoneAtRest('sleep 1000', 600)).toBe(false);
  });

  it('is not as long as a program works', async () => {
    const work = 'i=0; while [ $i -lt 600000 ]; do i=$((i + 1)); done';
    expect(await isDoneAtRest(work, 19_000)).toBe(true);
    expect(await isDoneAtRest('while :; do :; done', 600)).toBe(false);
  });

  it('is not before the pause is over, when what was done has changed nothing yet', async () => {
    await waited(20_000);
    rest.begin();
    expect(await waited(20_000, { pauseMs: 900 })).toBeGreaterThanOrEqual(899);
    rest.begin();
    await using _shown = await terminal('exec sleep 1000');
    const took = await waited(20_000, { pauseMs: 900 });
    expect(took).toBeLessThan(5000);
  });

  it('is not before a window that has come up since has handled what it was given', async () => {
    await using first = await terminal('cat');
    await waited(20_000);
    rest.begin();
    const waiting = rest.wait({ limitMs: 20_000, signal });
    await using second = await terminal('cat');
    second.child.kill('SIGSTOP');
    let isContinued = false;
    setTimeout(() => {
      isContinued = true;
      second.child.kill('SIGCONT');
    }, 1500);
    await waiting;
    expect(isContinued).toBe(true);
    expect(first.child.exitCode).toBe(null);
  });

  it('ends with its caller', async () => {
    await using _shown = await terminal('while :; do echo $((n += 1)); sleep 0.02; done');
    await expect(rest.wait({ limitMs: 20_000, signal: AbortSignal.timeout(300) })).rejects.toThrow();
    expect(await waited(500)).toBeGreaterThan(400);
  });
});
