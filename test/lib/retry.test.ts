import { describe, expect, it } from 'vitest';
import { doubling, retry } from '../../src/lib/retry.js';
import { type Sleep, sleep } from '../../src/lib/wait.js';

const never = new AbortController().signal;

function recorded(): { waits: number[]; sleep: Sleep } {
  const waits: number[] = [];
  return { waits, sleep: async (ms) => void waits.push(ms) };
}

describe('retry', () => {
  it('returns the first success and counts attempts from 1', async () => {
    const { waits, sleep } = recorded();
    const result = await retry(
      async (attempt) => {
        if (attempt < 3) throw new Error(`no ${attempt}`);
        return attempt;
      },
      { attempts: 5, delayMs: doubling(100, 150), signal: never, sleep },
    );
    expect(result).toBe(3);
    expect(waits).toEqual([100, 150]);
  });

  it('throws the last error, without a wait after it', async () => {
    const { waits, sleep } = recorded();
    const told: string[] = [];
    const onRetry = (error: unknown, attempt: number) => told.push(`${attempt}: ${(error as Error).message}`);
    const failing = retry(async (attempt) => Promise.reject(new Error(`no ${attempt}`)), {
      attempts: 3,
      delayMs: () => 7,
      signal: never,
      sleep,
      onRetry,
    });
    await expect(failing).rejects.toThrow('no 3');
    expect(waits).toEqual([7, 7]);
    expect(told).toEqual(['1: no 1', '2: no 2']);
  });

  it('does not repeat what cannot be retried', async () => {
    let attempts = 0;
    const failing = retry(
      async () => {
        attempts += 1;
        throw new Error('final');
      },
      { attempts: 3, delayMs: () => 0, signal: never, isRetryable: () => false },
    );
    await expect(failing).rejects.toThrow('final');
    expect(attempts).toBe(1);
  });

  it('throws the reason of an abort, whatever the operation threw', async () => {
    const controller = new AbortController();
    const failing = retry(
      async () => {
        controller.abort(new Error('enough'));
        throw new Error('closed');
      },
      { attempts: 3, delayMs: () => 0, signal: controller.signal },
    );
    await expect(failing).rejects.toThrow('enough');
  });
});

describe('sleep', () => {
  it('ends with the reason of an abort, before or during the wait', async () => {
    await expect(sleep(60_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    const controller = new AbortController();
    const waiting = sleep(60_000, controller.signal);
    controller.abort(new Error('during'));
    await expect(waiting).rejects.toThrow('during');
  });
});
