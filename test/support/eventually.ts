import { vi } from 'vitest';

/** Repeats the assertion until it holds; the limit only ends a test that fails. */
export function eventually(assertion: () => unknown): Promise<unknown> {
  return vi.waitFor(assertion, { timeout: 15_000, interval: 5 });
}
