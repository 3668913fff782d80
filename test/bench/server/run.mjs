/**
 * The env server against a plain FastAPI implementation of the same protocol, in one run: `npm run bench:server`.
 * One client, one guest agent that answers at once with a 560 kB screenshot; a fresh connection per request, as
 * ARPO's RemoteEnvWorker makes them.
 */
import { episode, median, percentile } from './client.mjs';
import { startGuest, startNative, startPeers } from './processes.mjs';

const STEPS = 15;
const EPISODES = 7;
const SHOWN = [1, 5, 10, 15];
const MANY = 16;

const guest = await startGuest();
try {
  const direct = median(await guest.roundTrips(50));
  console.log(`guest alone (execute + screenshot, no env server): ${direct.toFixed(1)} ms p50\n`);

  const rows = [];
  for (const candidate of [
    { name: 'FastAPI, full history', start: () => startPeers(guest.url, 1), query: '' },
    { name: 'arpo-env, full history', start: () => startNative(guest.url, 1), query: '' },
    { name: 'arpo-env, delta', start: () => startNative(guest.url, 1), query: '?history=delta' },
  ]) {
    rows.push(await measureOne(candidate, direct));
  }
  printOne(rows);

  const crowd = [];
  for (const candidate of [
    { name: `FastAPI, ${MANY} processes`, start: () => startPeers(guest.url, MANY), query: '' },
    { name: `arpo-env --envs ${MANY}, full history`, start: () => startNative(guest.url, MANY), query: '' },
    {
      name: `arpo-env --envs ${MANY}, delta`,
      start: () => startNative(guest.url, MANY),
      query: '?history=delta',
    },
  ]) {
    crowd.push(await measureMany(candidate));
  }
  printMany(crowd);
} finally {
  await guest.stop();
}

async function measureOne({ name, start, query }, direct) {
  const server = await start();
  try {
    const [url] = server.urls;
    await episode(url, STEPS, query); // warm: imports, JIT, the desktop's first boot
    const before = server.cpuSeconds();
    const runs = [];
    for (let run = 0; run < EPISODES; run += 1) runs.push(await episode(url, STEPS, query));
    const at = (step) => median(runs.map(({ latencies }) => latencies[step - 1])) - direct;
    return {
      name,
      overhead: SHOWN.map(at),
      megabytes: runs[0].bytes / 1e6,
      cpu: (server.cpuSeconds() - before) / EPISODES,
      peak: server.peakMegabytes(),
    };
  } finally {
    await server.stop();
  }
}

async function measureMany({ name, start, query }) {
  const server = await start();
  try {
    await Promise.all(server.urls.map((url) => episode(url, STEPS, query)));
    const before = server.cpuSeconds();
    const started = performance.now();
    const runs = await Promise.all(server.urls.map((url) => episode(url, STEPS, query)));
    const wall = (performance.now() - started) / 1000;
    const latencies = runs.flatMap((run) => run.latencies);
    return {
      name,
      rate: (MANY * STEPS) / wall,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      cpu: (server.cpuSeconds() - before) / MANY,
      peak: server.peakMegabytes(),
    };
  } finally {
    await server.stop();
  }
}

function printOne(rows) {
  const [peer] = rows;
  const steps = SHOWN.map((step) => `step ${step}`).join(' | ');
  console.log(
    `| one env: overhead p50 in ms | ${steps} | MB/episode | CPU s/episode | peak MB | CPU vs peer |`,
  );
  console.log(`| --- |${' --: |'.repeat(SHOWN.length + 4)}`);
  for (const { name, overhead, megabytes, cpu, peak } of rows) {
    const cells = [
      ...overhead.map((value) => value.toFixed(1)),
      megabytes.toFixed(1),
      cpu.toFixed(3),
      peak.toFixed(0),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} | ${(cpu / peer.cpu).toFixed(2)}× |`);
  }
  console.log('');
}

function printMany(rows) {
  const [peer] = rows;
  console.log(
    `| ${MANY} envs at once | steps/s | p50 ms | p99 ms | CPU s/episode | peak MB | steps/s vs peer |`,
  );
  console.log('| --- | --: | --: | --: | --: | --: | --: |');
  for (const { name, rate, p50, p99, cpu, peak } of rows) {
    const cells = [rate, p50, p99].map((value) => value.toFixed(0));
    console.log(
      `| ${name} | ${cells.join(' | ')} | ${cpu.toFixed(3)} | ${peak.toFixed(0)} | ${(rate / peer.rate).toFixed(1)}× |`,
    );
  }
}
