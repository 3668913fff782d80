import { vi } from 'vitest';

/** Repeats the assertion until it holds; the limit only ends a test that fails. */
export function eventually(assertion: () => unknown, limitMs = 15_000): Promise<unknown> {
  return vi.waitFor(assertion, { timeout: limitMs, interval: 5 });
}
