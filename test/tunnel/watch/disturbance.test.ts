import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Disturbance, watchMachine } from '../../../src/tunnel/watch/disturbance.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(addresses: string[]) {
  const machine = { clock: 0, addresses };
  const seen: string[] = [];
  const watch = watchMachine({ now: () => machine.clock, addresses: () => machine.addresses });
  const off = watch.onDisturbance((disturbance: Disturbance) => seen.push(disturbance.kind));
  /** Time passes on the timers and, unless said otherwise, as much on the wall clock. */
  const pass = (ms: number, wall = ms) => {
    machine.clock += wall - ms;
    for (let at = 0; at < ms; at += 500) {
      machine.clock += 500;
      vi.advanceTimersByTime(500);
    }
  };
  return { machine, seen, off, pass, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}

test('a machine that slept is noticed by its clock, once', () => {
  using it = watched(['eth0 192.0.2.1']);
  it.pass(60_000);
  it.pass(1000, 3_600_000);
  it.pass(60_000);
  expect(it.seen).toEqual(['woke']);
});

test('an address that comes is a change; one that goes, or stays, is none', () => {
  using it = watched(['eth0 192.0.2.1']);
  it.machine.addresses = [];
  it.pass(5000);
  expect(it.seen).toEqual([]);
  it.machine.addresses = ['eth0 192.0.2.1'];
  it.pass(5000);
  it.machine.addresses = ['eth0 192.0.2.1', 'wlan0 10.0.0.7'];
  it.pass(5000);
  expect(it.seen).toEqual(['network-changed', 'network-changed']);
});

test('addresses that cannot be seen for a while are no change, and end nothing', () => {
  using it = watched(['eth0 192.0.2.1']);
  const { machine } = it;
  Object.defineProperty(machine, 'addresses', {
    configurable: true,
    get: () => {
      throw new Error('EMFILE');
    },
  });
  it.pass(5000);
  Object.defineProperty(machine, 'addresses', { value: ['eth0 192.0.2.1'] });
  it.pass(5000);
  expect(it.seen).toEqual([]);
  it.pass(1000, 3_600_000);
  expect(it.seen).toEqual(['woke']);
});

test('nobody is told who no longer listens, and nothing runs after the end', () => {
  const it = watched([]);
  it.off();
  it.pass(1000, 3_600_000);
  expect(it.seen).toEqual([]);
  it[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
});
