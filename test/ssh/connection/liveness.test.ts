import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchSilence } from '../../../src/ssh/connection/liveness.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('calls within three intervals of the last byte', () => {
  const socket = { bytesRead: 0 };
  const ended = new AbortController();
  const onSilent = vi.fn(() => ended.abort());
  watchSilence(socket, 5000, ended.signal, onSilent);

  for (let step = 0; step < 20; step += 1) {
    socket.bytesRead += 1;
    vi.advanceTimersByTime(5000);
  }
  expect(onSilent).not.toHaveBeenCalled();

  vi.advanceTimersByTime(15_000);
  expect(onSilent).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('stops with the connection', () => {
  const ended = new AbortController();
  const onSilent = vi.fn();
  watchSilence({ bytesRead: 0 }, 1000, ended.signal, onSilent);
  ended.abort();
  vi.advanceTimersByTime(60_000);
  expect(onSilent).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
