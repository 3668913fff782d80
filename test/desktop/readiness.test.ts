import { describe, expect, it } from 'vitest';
import { lastLogLines, type Readiness, waitUntilReady } from '../../src/desktop/readiness.js';
import { FixtureGuest } from '../support/fixture-guest.js';

const { signal } = new AbortController();

describe('waitUntilReady', () => {
  it('resolves when the screenshot and Chrome CDP answer', async () => {
    await using guest = await FixtureGuest.start();
    const seen: Readiness[] = [];
    const onProgress = (readiness: Readiness) => seen.push(readiness);
    const answered = await waitUntilReady(guest.endpoints, { budgetMs: 10_000, signal, onProgress });
    expect(answered).toEqual({ screenshot: true, chromeCdp: true });
    expect(seen[0]).toMatchObject({ screenshot: false, chromeCdp: false, budgetMs: 10_000 });
    expect(seen.at(-1)).toMatchObject({ screenshot: true, chromeCdp: true });
    expect(new Set(guest.requests)).toEqual(new Set(['GET /screenshot', 'GET /json/version']));
  });

  it.each(['auto', 'both'] as const)(
    '%s goes on until the slower of the two is there, and does not ask again what has answered',
    async (when) => {
      await using guest = await FixtureGuest.start();
      guest.cdpIsUp = false;
      const seen: string[] = [];
      await waitUntilReady(guest.endpoints, {
        budgetMs: 20_000,
        when,
        signal,
        intervalMs: 1,
        onProgress: ({ screenshot, chromeCdp }) => {
          seen.push(`${screenshot} ${chromeCdp}`);
          if (seen.length === 4) guest.cdpIsUp = true;
        },
      });
      expect(seen.slice(1, 4)).toEqual(['true false', 'true false', 'true false']);
      expect(seen.at(-1)).toBe('true true');
      expect(guest.requests.filter((request) => request === 'GET /screenshot')).toHaveLength(1);
    },
  );

  it('auto is content with the screenshot when CDP is not there after a while', async () => {
    await using guest = await FixtureGuest.start();
    guest.cdpIsUp = false;
    let looks = 0;
    const answered = await waitUntilReady(guest.endpoints, {
      // It is over by the time that CDP is given up.
      ...{ budgetMs: 250, leastPatienceMs: 500, intervalMs: 1, signal },
      onProgress: () => {
        looks += 1;
      },
    });
    expect(answered).toEqual({ screenshot: true, chromeCdp: false });
    expect(looks).toBeGreaterThan(3);
  });

  it('screenshot waits for nothing else, and tells whether CDP is there', async () => {
    await using guest = await FixtureGuest.start();
    const options = { budgetMs: 20_000, when: 'screenshot', signal } as const;
    expect(await waitUntilReady(guest.endpoints, options)).toEqual({ screenshot: true, chromeCdp: true });
    guest.cdpIsUp = false;
    guest.requests.length = 0;
    expect(await waitUntilReady(guest.endpoints, options)).toEqual({ screenshot: true, chromeCdp: false });
    expect(guest.requests).toHaveLength(2);
  });

  it('is not satisfied by a screenshot that is not an image', async () => {
    await using guest = await FixtureGuest.start();
    guest.screenshot = () => Buffer.from('<html>not yet</html>');
    const waiting = waitUntilReady(guest.endpoints, { budgetMs: 300, signal, intervalMs: 1 });
    await expect(waiting).rejects.toMatchObject({
      code: 'E_BOOT_FAILED',
      message: expect.stringMatching(/a screenshot from .* \(.*neither PNG nor JPEG/),
    });
  });

  it('fails with what was awaited, why, the last log lines and the fix', async () => {
    await using guest = await FixtureGuest.start();
    guest.cdpIsUp = false;
    const logs = async (tail: number) => `${tail} lines\n[ OK ] Started agent\n`;
    const waiting = waitUntilReady(guest.endpoints, {
      ...{ budgetMs: 300, when: 'both', signal, intervalMs: 1, logs },
    } as const);
    const error = await waiting.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'E_BOOT_FAILED',
      fix: expect.stringContaining('DOCKER_VM_READY_TIMEOUT=3600'),
    });
    const { message } = error as Error;
    expect(message).toMatch(
      /^the desktop was not ready after \d+s of 0s; still waiting for: Chrome CDP at http/,
    );
    expect(message).toContain('(Request failed with status code 502');
    expect(message).toMatch(/; its last log lines:\n50 lines\n\[ OK \] Started agent$/);
    expect(message).not.toContain('a screenshot from');
  });

  it('stops at once when the caller aborts', async () => {
    await using guest = await FixtureGuest.start();
    guest.cdpIsUp = false;
    const controller = new AbortController();
    const waiting = waitUntilReady(guest.endpoints, {
      budgetMs: 60_000,
      signal: controller.signal,
      onProgress: ({ screenshot }) => screenshot && controller.abort(new Error('enough')),
    });
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('lastLogLines', () => {
  it('is empty for an empty log and says when the log cannot be read', async () => {
    expect(await lastLogLines(async () => ' \n')).toBe('');
    expect(await lastLogLines(() => Promise.reject(new Error('no such container')))).toBe(
      '; its log cannot be read: no such container',
    );
  });
});
