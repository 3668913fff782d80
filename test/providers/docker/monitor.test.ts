import Docker from 'dockerode';
import { expect, it } from 'vitest';
import { watchSilence } from '../../../src/providers/docker/monitor.js';
import { FakeDaemon } from './fake-daemon.js';

/** QEMU's monitor says these things in turn, the last one for ever; '' where there is no monitor. */
async function withMonitor<T>(
  states: string[],
  use: (container: Docker.Container) => Promise<T>,
): Promise<T> {
  await using daemon = await FakeDaemon.start({
    'POST /containers/vm/exec': { Id: 'exec' },
    'POST /exec/exec/start': (response: import('node:http').ServerResponse) => {
      const state = states.length > 1 ? states.shift() : states[0];
      const text = state ? `(qemu) info status\r\nVM status: ${state}\r\n` : '';
      response
        .writeHead(200)
        .end(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]));
    },
  });
  const socketPath = (daemon.env.DOCKER_HOST ?? '').replace('unix://', '');
  return await use(new Docker({ socketPath }).getContainer('vm'));
}

it.each([
  ['at once', ['paused (internal-error)']],
  ['after a while', ['', 'running', 'paused (prelaunch)', 'paused', 'paused (internal-error)']],
])('finds a guest that QEMU stopped without a word, %s', async (_title, states) => {
  const { signal } = new AbortController();
  await withMonitor(states, async (container) => {
    const lastLineAt = () => 0;
    expect(await watchSilence(container, { lastLineAt, signal, firstSilenceMs: 1 })).toBe(
      'paused (internal-error)',
    );
  });
});

it('knows a full disk from a failure of KVM', async () => {
  const { signal } = new AbortController();
  await withMonitor(['paused (io-error)'], async (container) => {
    expect(await watchSilence(container, { lastLineAt: () => 0, signal, firstSilenceMs: 1 })).toBe(
      'paused (io-error)',
    );
  });
});

it('asks nobody while the console speaks, and ends with the desktop', async () => {
  const stop = new AbortController();
  await withMonitor(['paused (internal-error)'], async (container) => {
    let lines = 0;
    const lastLineAt = () => {
      lines += 1;
      if (lines > 100) stop.abort(new Error('enough'));
      return performance.now();
    };
    const watching = watchSilence(container, { lastLineAt, signal: stop.signal, firstSilenceMs: 1 });
    await expect(watching).rejects.toThrow('enough');
  });
});
