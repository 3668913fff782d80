/**
 * The env server over the bench's guest: `native.mjs GUEST_URL ENVS`. Prints its URL; SIGTERM stops it. Under
 * --expose-gc SIGUSR2 makes it print what is in memory after a full collection.
 */
import { once } from 'node:events';
import { startEnvServer } from '../../../dist/server/env-server.js';

const [guestUrl = '', envs = '1'] = process.argv.slice(2);
const url = new URL(guestUrl);

/** A desktop that is there already: what is measured is the server, not a provider. */
const provider = {
  name: 'remote',
  preflight: async () => [],
  start: async () => ({
    id: 'bench',
    endpoints: { agent: url, cdp: url, watch: url, vlc: url },
    pause: async () => undefined,
    resume: async () => undefined,
    restore: async () => 'same',
    logs: async () => '',
    [Symbol.asyncDispose]: async () => undefined,
  }),
};

const server = await startEnvServer({
  provider,
  port: 0,
  envs: Number(envs),
  maxSteps: 1000,
  actionPauseMs: 0,
});
console.log(server.url.href);
process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  console.log(JSON.stringify({ heapUsed, external, rss }));
});
await once(process, 'SIGTERM');
await server[Symbol.asyncDispose]();
