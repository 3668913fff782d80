import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { abortable, withDeadline } from '../../src/lib/wait.js';

const never = new Promise<never>(() => undefined);

it('abortable gives the value, the error, or the reason of the abort, and leaves no listener', async () => {
  const { signal } = new AbortController();
  expect(await abortable(Promise.resolve(1), signal)).toBe(1);
  await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  await expect(abortable(never, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('withDeadline follows its parent and its own time, and leaves no listener', async () => {
  const parent = new AbortController();
  const late = () => new Error('too late');
  const wait = (deadline: AbortSignal) => abortable(never, deadline);
  expect(await withDeadline(parent.signal, 60_000, late, async () => 'value')).toBe('value');
  await expect(withDeadline(parent.signal, 1, late, wait)).rejects.toThrow('too late');
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
  const waiting = withDeadline(parent.signal, 60_000, late, wait);
  parent.abort(new Error('parent'));
  await expect(waiting).rejects.toThrow('parent');
  await expect(withDeadline(parent.signal, 60_000, late, wait)).rejects.toThrow('parent');
});
