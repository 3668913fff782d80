/** What 10,000 steps leave in the env server's memory: `npm run bench:memory`. Exit code 1 above 10 %. */
import { setUp } from '../support/bench.mjs';
import { episode } from './client.mjs';
import { startGuest, startNative } from './processes.mjs';

const STEPS = 15;
const ROUNDS = 10;
const EPISODES = 67;
const LIMIT = 1.1;

await setUp({ linux: true, minutes: 60 });
const guest = await startGuest();
const server = await startNative(guest.url, 1);
try {
  console.log('| steps | heap MB | external MB | rss MB |');
  console.log('| --: | --: | --: | --: |');
  const heaps = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    // The first round warms: caches fill, V8 compiles.
    for (let run = 0; run < EPISODES; run += 1) await episode(server.urls[0], STEPS, '?history=delta');
    const { heapUsed, external, rss } = await server.memory();
    heaps.push(heapUsed);
    const cells = [heapUsed, external, rss].map((bytes) => (bytes / 1e6).toFixed(1));
    console.log(`| ${(round + 1) * EPISODES * STEPS} | ${cells.join(' | ')} |`);
  }
  const growth = heaps.at(-1) / heaps[0];
  console.log(`\nheap after GC: ${growth.toFixed(3)}× over ${ROUNDS * EPISODES * STEPS} steps`);
  process.exitCode = growth < LIMIT ? 0 : 1;
} finally {
  await server.stop();
  await guest.stop();
}
