/** What runs on either side of a measured tunnel: the service here, the trainer's stand-ins on the cluster. */
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../support/processes.mjs';
import { REMOTE_PORT } from './tunnels.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const START_LIMIT_MS = 30_000;

export const URL_ON_CLUSTER = `http://127.0.0.1:${REMOTE_PORT}`;

/** The service in a process of its own, on `port` when it has to be the same as before. */
export async function startService(port = 0) {
  const program = startProgram(process.execPath, [path('service.mjs'), String(port)]);
  return { port: Number(await program.nextLine()), stop: () => program.stop('SIGKILL') };
}

/** Milliseconds of each request, made on the cluster's side to its own port. */
export async function measure(cluster, what, count) {
  const child = cluster.spawn(process.execPath, [path('client.mjs'), URL_ON_CLUSTER, what, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout));
}

/** Asks all the time; `back` resolves to the milliseconds from `since` to the first answer to a request made after it. */
export function watch(cluster) {
  const child = cluster.spawn(process.execPath, [path('watcher.mjs'), `${URL_ON_CLUSTER}/health`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const waiting = new Set();
  child.stdout.on('data', (chunk) => {
    for (const line of String(chunk).trim().split('\n')) {
      const [asked, answered] = line.split(' ').map(Number);
      for (const take of waiting) take(asked, answered);
    }
  });
  return {
    /** Null when nothing came back within `limitMs`. */
    back(since, limitMs) {
      return new Promise((resolve) => {
        const done = (value) => {
          waiting.delete(take);
          clearTimeout(timer);
          resolve(value);
        };
        const take = (asked, answered) => {
          if (asked >= since) done(answered - since);
        };
        const timer = setTimeout(() => done(null), limitMs);
        waiting.add(take);
      });
    },
    async up() {
      if ((await this.back(Date.now(), START_LIMIT_MS)) === null)
        throw new Error('the tunnel did not come up');
    },
    stop: () => child.kill('SIGKILL'),
  };
}
