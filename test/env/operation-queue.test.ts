import { describe, expect, it } from 'vitest';
import { OperationQueue } from '../../src/env/operation-queue.js';
import { gate } from '../support/fixture-provider.js';

const pass = async () => undefined;

describe('OperationQueue', () => {
  it('runs one operation after another in the order they came', async () => {
    const queue = new OperationQueue('env 0', 5);
    const log: string[] = [];
    const first = gate();
    const tickets = ['a', 'b', 'c'].map((name) =>
      queue.submit(async () => {
        log.push(`${name} begins`);
        if (name === 'a') await first.passed;
        log.push(`${name} ends`);
        return name;
      }),
    );
    expect(log).toEqual(['a begins']);
    first.open();
    expect(await Promise.all(tickets.map((ticket) => ticket.wait()))).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('goes on after an operation that fails', async () => {
    const queue = new OperationQueue('env 0', 5);
    const failing = queue.submit(() => Promise.reject(new Error('no')));
    const next = queue.submit(async () => 'fine');
    await expect(failing.wait()).rejects.toThrow('no');
    expect(await next.wait()).toBe('fine');
  });

  it('refuses what is over its limit with E_BUSY and takes more when there is room again', async () => {
    const queue = new OperationQueue('env 3', 2);
    const first = gate();
    const running = queue.submit(() => first.passed);
    const waiting = [queue.submit(pass), queue.submit(pass)];
    expect(() => queue.submit(pass)).toThrow(
      expect.objectContaining({
        code: 'E_BUSY',
        message: 'env 3 already has 2 operations waiting, its limit',
      }),
    );
    first.open();
    await Promise.all([running, ...waiting].map((ticket) => ticket.wait()));
    await queue.submit(pass).wait();
  });

  it('lets several callers wait for one operation', async () => {
    const queue = new OperationQueue('env 0', 5);
    const ticket = queue.submit(async () => 'once');
    expect(await Promise.all([ticket.wait(), ticket.wait(new AbortController().signal)])).toEqual([
      'once',
      'once',
    ]);
  });

  it('does not stop what has begun when its caller leaves', async () => {
    const queue = new OperationQueue('env 0', 5);
    const first = gate();
    const caller = new AbortController();
    const ticket = queue.submit(async () => {
      await first.passed;
      return 'done anyway';
    });
    const waiting = ticket.wait(caller.signal);
    caller.abort(new Error('hung up'));
    await expect(waiting).rejects.toThrow('hung up');
    first.open();
    expect(await ticket.wait()).toBe('done anyway');
  });

  it('drops what has not begun when its last caller leaves, and only then', async () => {
    const queue = new OperationQueue('env 0', 5);
    const first = gate();
    const running = queue.submit(() => first.passed);
    let ran = 0;
    const queued = queue.submit(async () => {
      ran += 1;
    });
    const callers = [new AbortController(), new AbortController()];
    const waits = callers.map(({ signal }) => queued.wait(signal).catch((error: Error) => error.message));
    callers[0]?.abort(new Error('first left'));
    expect(await waits[0]).toBe('first left');
    expect(queue.waiting).toBe(1);
    callers[1]?.abort(new Error('second left'));
    expect(await waits[1]).toBe('second left');
    expect(queue.waiting).toBe(0);
    first.open();
    await running.wait();
    await queue.submit(pass).wait();
    expect(ran).toBe(0);
  });

  it('a caller that has left before it waits leaves at once', async () => {
    const queue = new OperationQueue('env 0', 5);
    const ticket = queue.submit(() => new Promise(() => undefined));
    await expect(ticket.wait(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  it('close cancels what waits, lets what runs end, and takes nothing more', async () => {
    const queue = new OperationQueue('env 0', 5);
    const first = gate();
    let ended = false;
    const running = queue.submit(async () => {
      await first.passed;
      ended = true;
    });
    const waiting = queue.submit(pass);
    const closed = queue.close();
    await expect(waiting.wait()).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    first.open();
    await closed;
    await running.wait();
    expect(ended).toBe(true);
    expect(() => queue.submit(pass)).toThrow(expect.objectContaining({ code: 'E_INTERRUPTED' }));
  });
});
