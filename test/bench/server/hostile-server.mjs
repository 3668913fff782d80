/**
 * The env server over several guests, one env each: `hostile-server.mjs GUEST_URL…`. Prints its URL; SIGUSR2 makes it print
 * the longest time since the last one for which it did nothing else, in ms.
 */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startEnvServer } from '../../../dist/server/env-server.js';

const guests = process.argv.slice(2).map((url) => new URL(url));

/** Each desktop comes back as it was: what the model did to it stays. */
const provider = {
  name: 'attach',
  preflight: async () => [],
  start: async () => {
    const url = guests.shift();
    return {
      id: url.host,
      endpoints: { agent: url, cdp: url, watch: url, vlc: url },
      pause: async () => undefined,
      resume: async () => undefined,
      restore: async () => 'same',
      logs: async () => '',
      [Symbol.asyncDispose]: async () => void guests.push(url),
    };
  },
};

const server = await startEnvServer({
  provider,
  port: 0,
  envs: guests.length,
  ready: 'screenshot',
  maxSteps: 1000,
  actionPauseMs: 0,
});
console.log(server.url.href);
const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
process.on('SIGUSR2', () => {
  console.log(delays.max / 1e6);
  delays.reset();
});
await once(process, 'SIGTERM');
await server[Symbol.asyncDispose]();
